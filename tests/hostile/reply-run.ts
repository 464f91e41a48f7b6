import { type Client, createClient, RpcError } from "@porthos-rpc/client";
import { ContractError, contract, method, stream } from "@porthos-rpc/contract";
import { type Delivery, type Message, type Transport, valuesCodec } from "@porthos-rpc/protocol";
import { z } from "zod";
import type { Row } from "../rows.js";
import { Stage } from "../stage.js";
import { bytesOf, headersOf } from "./data.js";
import type { ReplyEntry, Words } from "./entry.js";

const MAX_BODY_BYTES = 262_144;
const TIMEOUT_MS = 10_000;

const hostile = contract("HostileReplies", {
  typed: method({
    input: z.object({ id: z.string() }),
    output: z.number(),
    errors: { tooLarge: { status: 422, data: z.object({ max: z.number() }) } },
  }),
  values: method({ input: z.object({ id: z.string() }), output: z.unknown() }),
  items: stream({ input: z.object({ id: z.string() }), output: z.number() }),
});

/** How one carrier's client took a whole list of replies. */
export interface RepliesOutcome {
  /** `id: expected …, got …`. */
  readonly wrong: readonly string[];
  readonly unsendable: readonly string[];
  /** How long an honest call took that was made when all others had ended. */
  readonly probeMs: number;
  /** Error messages that hold what could write lines, or command a terminal. */
  readonly unsafe: readonly string[];
  readonly lost: readonly string[];
}

/** Has a service answer each of so many calls with one of the replies, all at a time. */
export async function runReplies(row: Row, entries: readonly ReplyEntry[]): Promise<RepliesOutcome> {
  await using stage = new Stage(row, "replies");
  const service = await HostileService.open(await stage.transport(), stage.service, entries);
  const transport = await stage.transport();
  const lost: string[] = [];
  for (const event of ["down", "degraded"] as const) {
    transport.on(event, ({ reason }) => lost.push(`${event}: ${reason.message}`));
  }
  const shared = { transport, service: stage.service, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES };
  const typed = createClient({ ...shared, contract: hostile });
  const values = createClient({ ...shared, contract: hostile, codec: valuesCodec });
  for (const client of [typed, values]) stage.add(client);
  const caller = new Calls(typed, values);
  const ends = await Promise.all(entries.map((entry) => caller.end(entry)));
  const startedMs = performance.now();
  await typed.call("probe").withMap({ id: "probe" }).sync();
  const probeMs = performance.now() - startedMs;
  await service.close();
  const wrong = entries.flatMap((entry, index) => {
    const { kind, told } = ends[index] as Ending;
    const isSent = !service.unsendable.includes(entry.id);
    return kind === entry.expect || !isSent
      ? []
      : [`${entry.id}: expected ${entry.expect}, got ${kind} ${told}`];
  });
  const unsafe = ends.flatMap(({ told }, index) =>
    isUnsafe(told) ? [`${entries[index]?.id}: ${JSON.stringify(told)}`] : [],
  );
  return { wrong, unsendable: service.unsendable, probeMs, unsafe, lost };
}

/** What could write lines into a log, command a terminal, turn what is read, or fill a screen. */
function isUnsafe(text: string): boolean {
  return /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u.test(text) || text.length > 1_000;
}

interface Ending {
  readonly kind: string;
  /** The message of the error. */
  readonly told: string;
}

class Calls {
  readonly #typed: Client<typeof hostile>;
  readonly #values: Client<typeof hostile>;

  constructor(typed: Client<typeof hostile>, values: Client<typeof hostile>) {
    this.#typed = typed;
    this.#values = values;
  }

  /** How the call for it ends. */
  async end(entry: ReplyEntry): Promise<Ending> {
    try {
      const value = await this.#value(entry);
      return { kind: value === "honest" ? "ignored" : "answer", told: "" };
    } catch (error) {
      if (error instanceof ContractError) return { kind: "declared", told: error.message };
      if (error instanceof RpcError) return { kind: error.code, told: error.message };
      return { kind: "no RpcError", told: String(error) };
    }
  }

  async #value({ id, call }: ReplyEntry): Promise<unknown> {
    if (call === "typed") return this.#typed.methods.typed({ id });
    if (call === "values") return this.#values.methods.values({ id });
    if (call === "stream") {
      for await (const _ of this.#typed.methods.items({ id }));
      return "all items";
    }
    const response = await this.#typed.call("plain").withMap({ id }).sync();
    return call === "text" ? response.text() : response.json();
  }
}

/** What follows where a call goes on. */
const HONEST: Words = { contentType: "application/json", body: '"honest"' };

/** A service that answers as the catalogue says. */
class HostileService {
  readonly unsendable: string[] = [];
  readonly #transport: Transport;
  readonly #entries: ReadonlyMap<string, ReplyEntry>;

  private constructor(transport: Transport, entries: readonly ReplyEntry[]) {
    this.#transport = transport;
    this.#entries = new Map(entries.map((entry) => [entry.id, entry]));
  }

  static async open(
    transport: Transport,
    queue: string,
    entries: readonly ReplyEntry[],
  ): Promise<HostileService> {
    transport.acquire();
    const service = new HostileService(transport, entries);
    await transport.consume(queue, { credit: 1_000 }, (delivery) => service.#answer(delivery));
    return service;
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  #answer(delivery: Delivery): void {
    const { message } = delivery;
    const { id } = valuesCodec.decode(message.body) as { readonly id: string };
    const entry = this.#entries.get(id);
    for (const words of entry?.before ?? []) this.#send(message, words, id);
    for (let copy = 0; entry !== undefined && copy < (entry.copies ?? 1); copy++)
      this.#send(message, entry, id);
    if (entry === undefined || entry.expect === "ignored") {
      this.#send(message, HONEST, id);
    }
    delivery.accept();
  }

  #send(request: Message, words: Words, id: string): void {
    const { correlationId = request.correlationId, contentType, body = "" } = words;
    const message: Message = {
      body: new Uint8Array(bytesOf(body)),
      contentType: contentType ?? undefined,
      correlationId: correlationId ?? undefined,
      replyTo: undefined,
      ttlMs: undefined,
      headers: headersOf(words.headers ?? [["statusCode", 200]]),
      durable: false,
    };
    this.#transport.reply(request.replyTo ?? "", message, {
      onOutcome: ({ kind }) => {
        if (kind !== "refused" || words === HONEST) return;
        this.unsendable.push(id);
        this.#send(request, HONEST, id);
      },
    });
  }
}
