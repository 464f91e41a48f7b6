import { startBroker } from "@porthos-rpc/brokers";
import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { encodeResponse, jsonCodec, type Transport } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";

/*
 * What a streamed item costs beside a bare message: `pnpm bench:stream` [ROUNDS]. Both go from one connection to an inbox of another, on
 * the same broker, through the same transport; the bare messages are sent as fast as the broker takes them, at most 256 unconfirmed. CPU
 * time of both ends (one process) and the clock. The ratio is that of a round; the figure is the median over the rounds.
 */

const ITEMS = 20_000;
/** Of bare messages that the broker has not taken yet. */
const UNCONFIRMED = 256;

interface Cost {
  /** Microseconds. */
  readonly cpu: number;
  readonly elapsed: number;
}

async function costOf(run: () => Promise<void>): Promise<Cost> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / ITEMS, elapsed: ((performance.now() - startedMs) * 1_000) / ITEMS };
}

/** One JSON number a message, from a sender's connection to a reader's inbox. */
async function bareMessages(sender: Transport, reader: Transport): Promise<() => Promise<void>> {
  let read = 0;
  let wake = (): void => {};
  const inbox = await reader.openInbox({
    onMessage: ({ body }) => {
      if (jsonCodec.decode(body) !== ++read) throw new Error(`message ${read} was another one`);
      if (read === ITEMS) wake();
    },
  });
  return async () => {
    read = 0;
    const all = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let sent = 0;
    let unconfirmed = 0;
    const sendMore = (): void => {
      while (sent < ITEMS && unconfirmed < UNCONFIRMED) {
        unconfirmed++;
        const body = jsonCodec.encode(++sent);
        const response = { statusCode: 200, contentType: jsonCodec.contentType, body, headers: undefined };
        sender.reply(inbox.address ?? "", encodeResponse(response, "bench"), listener);
      }
    };
    const listener = {
      onOutcome: ({ kind }: { readonly kind: string }) => {
        if (kind !== "accepted") throw new Error(`a message ended ${kind}`);
        unconfirmed--;
        sendMore();
      },
    };
    sendMore();
    await all;
  };
}

/** The same numbers as a stream. */
async function stream(sender: Transport, reader: Transport): Promise<() => Promise<void>> {
  const service = `bench-${process.pid}`;
  const server = createServer({ transport: sender, service });
  server.registerStream("count", function* () {
    for (let n = 1; n <= ITEMS; n++) yield n;
  });
  await server.listen();
  const client = createClient({ transport: reader, service });
  return async () => {
    let read = 0;
    for await (const n of client.call("count").stream<number>()) {
      if (n !== ++read) throw new Error(`item ${read} was ${n}`);
    }
    if (read !== ITEMS) throw new Error(`${read} items came`);
  };
}

const rounds = Number(process.argv[2] ?? 10);
await using broker = await startBroker("rabbitmq-4.3");
console.log(
  `${broker.product} ${broker.version}, Node ${process.version}, ${rounds} rounds of ${ITEMS} items\n`,
);
console.log("| | bare message: CPU us, us | streamed item: CPU us, us | x CPU | x time |");
console.log("| --- | --- | --- | --- | --- |");
for (const protocol of ["amqp091", "amqp10"] as const) {
  const [sender, reader] = await Promise.all([connect(broker.url(protocol)), connect(broker.url(protocol))]);
  const subjects = [await bareMessages(sender, reader), await stream(sender, reader)] as const;
  for (const subject of subjects) await subject();
  const costs: [Cost, Cost][] = [];
  for (let round = 0; round < rounds; round++) {
    const [first, second] = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    const pair: [Cost?, Cost?] = [];
    pair[first] = await costOf(subjects[first]);
    pair[second] = await costOf(subjects[second]);
    costs.push(pair as [Cost, Cost]);
  }
  const show = (which: 0 | 1): string =>
    (["cpu", "elapsed"] as const)
      .map((key) => median(costs.map((pair) => pair[which][key])).toFixed(1))
      .join(", ");
  const ratio = (key: keyof Cost): string =>
    median(costs.map(([bare, item]) => item[key] / bare[key])).toFixed(2);
  console.log(`| ${protocol} | ${show(0)} | ${show(1)} | ${ratio("cpu")} | ${ratio("elapsed")} |`);
  await Promise.all([sender.close(), reader.close()]);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
