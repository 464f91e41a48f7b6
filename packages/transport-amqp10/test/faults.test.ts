import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { Line } from "@porthos-rpc/brokers";
import { describeBroker } from "@porthos-rpc/brokers/vitest";
import {
  type Delivery,
  type Message,
  NO_HEADERS,
  RpcError,
  sendOutcome,
  systemClock,
  type Transport,
} from "@porthos-rpc/protocol";
import rhea from "rhea";
import { afterAll, afterEach, expect, test } from "vitest";
import { encodeMessage } from "../src/amqp-message.js";
import type { AmqpWriter } from "../src/amqp-writer.js";
import { dial } from "../src/dial.js";
import { type Amqp10Options, amqp10 } from "../src/index.js";
import { lanesOfRhea } from "../src/lane-rhea.js";
import { readOptions } from "../src/options.js";
import { BROKERS, removeQueues } from "./brokers.js";

const open: Transport[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

function transportOf(options: Amqp10Options): Transport {
  const transport = amqp10(options);
  open.push(transport);
  return transport;
}

async function up(url: string, options: Partial<Amqp10Options> = {}): Promise<Transport> {
  const transport = transportOf({ url, ...options });
  transport.acquire();
  await transport.ready();
  return transport;
}

function message(body: string | Uint8Array): Message {
  return {
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
  };
}

async function failure(promise: Promise<unknown>): Promise<RpcError> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
}

/** A body of lists within lists, which a decoder that recurses does not survive. */
function deepValue(writer: AmqpWriter): void {
  const marks = Array.from({ length: 2_000 }, () => writer.beginList());
  for (const mark of marks.reverse()) writer.end(mark, mark === marks[0] ? 0 : 1);
}

async function sendRaw(url: string, queue: string): Promise<void> {
  const settings = readOptions({ url });
  const [endpoint] = settings.endpoints;
  if (endpoint === undefined) throw new Error("no endpoint");
  const driver = lanesOfRhea(systemClock, 5_000);
  const link = await dial(endpoint, settings, driver, "raw", {
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  let settled = (): void => {};
  const done = new Promise<void>((resolve) => {
    settled = resolve;
  });
  let sent = (): void => {};
  const lane = await link.lanes.openSend(link.dialect.relay("queue"), {
    onOutcome: () => settled(),
    onCredit: () => sent(),
    onLost: () => settled(),
  });
  const { to, subject } = link.dialect.route("queue", queue);
  const rest = { durable: false, ttlMs: undefined, replyTo: undefined, messageId: undefined } as const;
  const more = { correlationId: undefined, contentType: undefined, applicationProperties: new Uint8Array(0) };
  const bytes = encodeMessage({ ...rest, ...more, to, subject }, deepValue);
  sent = () => {
    sent = () => {};
    lane.send(bytes);
  };
  if (lane.canSend) sent();
  await done;
  await link.close();
}

for (const name of BROKERS) {
  describeBroker(name, (broker) => {
    const { family } = broker;
    const url = broker.url("amqp10");
    const queue = `porthos-faults-${name}-${Date.now()}`;
    afterAll(() => removeQueues(broker, [queue]));

    test("a message nested 2,000 deep costs one reject, and the connection lives", async ({ skip }) => {
      skip(family === "qpid", "Qpid takes no such message in the first place");
      const transport = await up(url);
      const events: string[] = [];
      transport.on("quarantined", ({ address }) => events.push(`quarantined ${address}`));
      for (const event of ["down", "degraded"] as const) transport.on(event, () => events.push(event));
      const got: Delivery[] = [];
      const subscription = await transport.consume(queue, { credit: 5 }, (delivery) => {
        got.push(delivery);
        delivery.accept();
      });
      await sendRaw(url, queue);
      await expect.poll(() => events).toEqual([`quarantined ${queue}`]);
      expect((await sendOutcome(transport, queue, message("after"))).kind).toBe("accepted");
      await expect.poll(() => got.length).toBe(1);
      await subscription.cancel();
    });

    test("a dead line is noticed within twice the idle timeout and a second, and left behind", async () => {
      const line = await Line.open(url);
      const transport = await up(line.url, { idleTimeoutMs: 1_000 });
      const down = new Promise<number>((resolve) => transport.on("down", () => resolve(performance.now())));
      const frozenAt = performance.now();
      line.freeze();
      expect((await down) - frozenAt).toBeLessThan(3_000 + 250);
      line.thaw();
      await expect.poll(() => transport.state, { timeout: 10_000 }).toBe("up");
      await transport.close();
      await line.close();
    });

    test("what is under way when the line is cut is told once, and as it was", async () => {
      const line = await Line.open(url);
      const transport = await up(line.url);
      const subscription = await transport.consume(queue, { credit: 1 }, (delivery) => delivery.accept());
      const outcomes: string[] = [];
      const listener = { onOutcome: ({ kind: outcome }: { kind: string }) => void outcomes.push(outcome) };
      for (let i = 0; i < 500; i++) transport.send(queue, message(String(i)), listener);
      line.cut();
      await expect.poll(() => outcomes.length, { timeout: 10_000 }).toBe(500);
      const strange = outcomes.filter((outcome) => !["accepted", "unknown", "unsent"].includes(outcome));
      expect(strange).toEqual([]);
      await expect.poll(() => transport.state, { timeout: 10_000 }).toBe("up");
      await subscription.cancel();
      await transport.close();
      await line.close();
    });

    test("TLS to a port without it fails: there is no falling back to a line in the clear", async () => {
      const secure = url.replace("amqp10:", "amqp10s:");
      const error = await failure(transportOf({ url: secure, startTimeoutMs: 2_000 }).ready());
      // Artemis waits for more instead of saying no.
      expect(error.code).toBe(family === "artemis" ? "Unavailable" : "Config");
      expect(error.message).toMatch(/does this port speak TLS\?/);
    });

    // These mostly wait, so they run at the same time; each closes its own transport.
    test.concurrent("a wrong password fails for good, at once, and is not shown", async ({ skip }) => {
      skip(family === "artemis", "Artemis, as it is set up here, lets everybody in");
      const startedAt = performance.now();
      const transport = amqp10({ url, credentials: { username: "guest", password: "wr0ng-s3cret" } });
      const error = await failure(transport.ready());
      await transport.close();
      expect(error.code).toBe("Config");
      expect(JSON.stringify(error) + error.stack + String(error.cause)).not.toContain("wr0ng");
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    });

    test.concurrent("a virtual host that does not exist is named", async ({ skip }) => {
      skip(family === "artemis", "Artemis has no virtual hosts");
      const nowhere = `${url.replace(/\/$/, "")}/no-such-vhost`;
      // RabbitMQ 4 hangs up after 3 s, without a word, and is asked once more.
      const transport = amqp10({ url: nowhere });
      const error = await failure(transport.ready());
      await transport.close();
      expect(error.code).toBe("Config");
      expect(error.message).toMatch(/no-such-vhost/);
    });

    test("the next host is taken when the first is not there", async () => {
      const transport = await up(url, { url: ["amqp10://127.0.0.1:1", url] });
      expect(transport.state).toBe("up");
      await transport.close();
    });

    test("a program that has closed its transport holds nothing", async () => {
      const before = process.getActiveResourcesInfo().filter((kindOf) => /TCP|Timeout/.test(kindOf)).length;
      const transport = await up(url);
      await transport.openInbox({ onMessage: () => {} });
      await transport.close();
      const held = (): number =>
        process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
      await expect.poll(held).toBeLessThanOrEqual(before + 1);
    });
  });
}

test.each(["connection_open", "session_open"])(
  "a broker that says goodbye at %s, each time, is quoted when the transport gives up",
  async (event) => {
    const container = rhea.create_container({ id: "broker", properties: { product: "Peer" } });
    container.sasl_server_mechanisms.enable_plain(() => true);
    for (const end of ["error", "disconnected", "connection_close"]) container.on(end, () => {});
    container.on(event, ({ connection }) => {
      connection.close({ condition: "amqp:connection:forced", description: "not today" });
    });
    const offered = { offered_capabilities: ["ANONYMOUS-RELAY"] };
    const server = container.listen({ port: 0, host: "127.0.0.1", ...offered } as never) as Server;
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const transport = transportOf({ url: `amqp10://127.0.0.1:${port}`, startTimeoutMs: 500 });
    const error = await failure(transport.ready());
    expect(error).toMatchObject({ code: "Unavailable", cause: { code: "Unavailable" } });
    expect(error.message).toMatch(/within 500 ms: .*not today/);
    await transport.close();
    server.close();
  },
);

test("what a broker is still waited for is said when the start budget is over first", async () => {
  const container = rhea.create_container({ id: "broker" });
  container.sasl_server_mechanisms.enable_plain(() => new Promise(() => {}) as never);
  container.on("disconnected", () => {});
  const server = container.listen({ port: 0, host: "127.0.0.1" } as never) as Server;
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const transport = transportOf({ url: `amqp10://127.0.0.1:${port}`, startTimeoutMs: 300 });
  const error = await failure(transport.ready());
  expect(error.message).toMatch(/within 300 ms: 127.0.0.1:\d+ has not answered the credentials/);
  await transport.close();
  server.close();
});

test("a server that takes the connection and says nothing is given up in time", async () => {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const startedAt = performance.now();
  const transport = transportOf({
    url: `amqp10://127.0.0.1:${port}`,
    connectTimeoutMs: 300,
    startTimeoutMs: 1_000,
  });
  const error = await failure(transport.ready());
  expect(error.code).toBe("Unavailable");
  expect(error.message).toMatch(/within 300 ms: 127.0.0.1:\d+ has taken the connection, and says nothing/);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  await transport.close();
  server.close();
});
