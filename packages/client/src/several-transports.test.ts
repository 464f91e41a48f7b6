import { type Message, RpcError, type Transport } from "@porthos-rpc/protocol";
import { type MemoryBroker, memory, memoryBroker } from "@porthos-rpc/transport-memory";
import { afterEach, describe, expect, it } from "vitest";
import { json, serve } from "../test/service.js";
import { scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";
import { type Client, type ClientOptions, createClient } from "./index.js";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

function open<T extends { close(): Promise<void> }>(closable: T): T {
  opened.push(closable);
  return closable;
}

/** A broker with one service on it, which answers with the broker's word, and the client's transport to it. */
interface Place {
  readonly broker: MemoryBroker;
  readonly transport: Transport;
  readonly received: Message[];
}

async function place(word: string, served = true): Promise<Place> {
  const broker = memoryBroker();
  const [own, transport] = [open(memory({ broker })), open(memory({ broker, startTimeoutMs: 100 }))];
  const received = served ? await serve(own, "S", () => json(200, word)) : [];
  return { broker, transport, received };
}

function clientOf(places: readonly Place[], options: Partial<ClientOptions> = {}): Client {
  const transport = places.map((each) => each.transport);
  return open(createClient({ transport, service: "S", timeoutMs: 2_000, ...options }));
}

async function answer(client: Client): Promise<string> {
  return (await client.call("m").sync()).json<string>();
}

async function refusal(call: Promise<unknown>): Promise<RpcError> {
  const error = await call.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
}

function lost(transport: Transport): Promise<unknown> {
  return new Promise((resolve) => transport.on("down", resolve));
}

function up(transport: Transport): Promise<unknown> {
  return new Promise((resolve) => transport.on("up", resolve));
}

describe("a client with several transports", () => {
  it("prefers the first", async () => {
    const places = [await place("first"), await place("second")];
    const client = clientOf(places);
    expect([await answer(client), await answer(client)]).toEqual(["first", "first"]);
    expect(places[1]?.received).toEqual([]);
  });

  it("goes on to the next when nobody serves over the first", async () => {
    const client = clientOf([await place("first", false), await place("second")]);
    expect(await answer(client)).toBe("second");
    await client.call("m").void();
  });

  it("uses the next while the first is down, and the first again when it is up", async () => {
    const [first, second] = [await place("first"), await place("second")];
    const client = clientOf([first, second]);
    expect(await answer(client)).toBe("first");
    const down = lost(first.transport);
    first.broker.stop();
    await down;
    expect(await answer(client)).toBe("second");
    const back = up(first.transport);
    first.broker.start();
    await back;
    await expect.poll(() => answer(client)).toBe("first");
  });

  it("uses the next while the first's broker takes no messages", async () => {
    const [first, second] = [await place("first"), await place("second")];
    const client = clientOf([first, second]);
    expect(await answer(client)).toBe("first");
    const blocked = new Promise((resolve) => first.transport.on("blocked", resolve));
    first.broker.block("an alarm");
    await blocked;
    expect(await answer(client)).toBe("second");
    const unblocked = new Promise((resolve) => first.transport.on("blocked", resolve));
    first.broker.unblock();
    await unblocked;
    expect(await answer(client)).toBe("first");
  });

  it("uses the next too if another client of the first heard that its broker takes no messages", async () => {
    const [first, second] = [await place("first"), await place("second")];
    expect(await answer(clientOf([first, second]))).toBe("first");
    const blocked = new Promise((resolve) => first.transport.on("blocked", resolve));
    first.broker.block("an alarm");
    await blocked;
    expect(await answer(clientOf([first, second]))).toBe("second");
  });

  it("has a call that waits for the first sent over whichever comes up", async () => {
    const [first, second] = [await place("first"), await place("second")];
    const client = clientOf([first, second]);
    await answer(client);
    const down = Promise.all([lost(first.transport), lost(second.transport)]);
    first.broker.stop();
    second.broker.stop();
    await down;
    const call = answer(client);
    second.broker.start();
    expect(await call).toBe("second");
  });

  it("does not send again what may have run", async () => {
    const first = await place("first", false);
    const second = await place("second");
    const received: Message[] = [];
    const silent = open(memory({ broker: first.broker }));
    const taken = new Promise<void>((resolve) => {
      void silent.consume("S", { credit: 1 }, (delivery) => {
        received.push(delivery.message);
        resolve();
      });
    });
    await silent.ready();
    const client = clientOf([first, second]);
    const call = refusal(client.call("m").sync());
    await taken;
    first.broker.disconnect(first.transport);
    expect(await call).toMatchObject({ code: "Unavailable", executed: "maybe" });
    expect(second.received).toEqual([]);
  });

  it("has NoService, with what each said, when nobody serves over any", async () => {
    const client = clientOf([await place("first", false), await place("second", false)]);
    const error = await refusal(client.call("m").sync());
    expect(error).toMatchObject({ code: "NoService", executed: "no" });
    expect(error.message).toMatch(/no transport carried it; memory: .*nobody.*; memory: .*nobody/);
  });

  it("fails at once with whenDown fail when all are down", async () => {
    const places = [await place("first"), await place("second")];
    const client = clientOf(places, { whenDown: "fail" });
    await answer(client);
    const down = Promise.all(places.map(({ transport }) => lost(transport)));
    for (const { broker } of places) broker.stop();
    await down;
    expect(await refusal(client.call("m").sync())).toMatchObject({ code: "Unavailable", executed: "no" });
  });

  it("has one timeout for a call, however many transports it tries", async () => {
    const [first, second] = [await place("first", false), await place("second", false)];
    const silent = open(memory({ broker: second.broker }));
    await silent.consume("S", { credit: 1 }, () => {});
    const client = clientOf([first, second], { timeoutMs: 100 });
    const startedMs = performance.now();
    const error = await refusal(client.call("m").sync());
    expect(error).toMatchObject({ code: "Timeout", executed: "maybe" });
    expect(error.message).toContain("no answer within 100 ms");
    expect(performance.now() - startedMs).toBeLessThan(350);
  });

  it("lasts as long as one of them is open, and says when all are closed", async () => {
    const [first, second] = [await place("first"), await place("second")];
    const client = clientOf([first, second]);
    expect(await answer(client)).toBe("first");
    await first.transport.close();
    expect(await answer(client)).toBe("second");
    await second.transport.close();
    expect(await refusal(client.call("m").sync())).toMatchObject({ code: "Closed", executed: "no" });
  });

  it("leaves all of them idle when it is closed", async () => {
    const places = [await place("first"), await place("second")];
    const client = clientOf(places);
    await answer(client);
    await client.close();
    expect(places.map(({ transport }) => transport.state)).toEqual(["idle", "idle"]);
    expect(await refusal(client.call("m").sync())).toMatchObject({ code: "Closed" });
  });

  it("ends the calls that wait when it is closed", async () => {
    const places = [await place("first"), await place("second")];
    const client = clientOf(places);
    await answer(client);
    const down = Promise.all(places.map(({ transport }) => lost(transport)));
    for (const { broker } of places) broker.stop();
    await down;
    const call = refusal(client.call("m").sync());
    await client.close();
    expect(await call).toMatchObject({ code: "Closed", executed: "no" });
  });
});

describe("a call that the broker of one transport does not take", () => {
  it("goes on over the next one, and is not offered to the first again and again", async () => {
    const { clock, transport: first } = scripted();
    const { transport: second } = scripted();
    const client = createClient({ transport: [first, second], service: "S", timeoutMs: 1_000, clock });
    const call = watch(client.call("m").sync());
    await settle();
    const error = new RpcError("Unavailable", "rejected: amqp:internal-error", { executed: "no" });
    first.last.outcome({ kind: "refused", error });
    await settle();
    expect([first.sent.length, second.sent.length]).toEqual([1, 1]);
    second.last.outcome({ kind: "refused", error });
    await settle();
    expect(call.error).toMatchObject({ code: "Unavailable", executed: "no" });
    expect([first.sent.length, second.sent.length, clock.timerCount]).toEqual([1, 1, 0]);
  });
});
