import { broker, describeBroker } from "@porthos-rpc/brokers/vitest";
import { type Client, createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import type { Transport } from "@porthos-rpc/protocol";
import { createServer, type Server } from "@porthos-rpc/server";
import { afterEach, expect, test } from "vitest";

const SERVICE = `tests-${process.pid}-migration`;
const CALLS_AT_A_TIME = 50;
/** Of each step that must have had its answer before the next step. */
const CALLS_A_STEP = 500;

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function reach(urls: readonly string[]): Promise<Transport[]> {
  const transports = await Promise.all(urls.map((url) => connect(url)));
  opened.push(...transports);
  return transports;
}

/** As docs/migration.md opens several. */
async function open(urls: readonly string[], startTimeoutMs = 15_000): Promise<Transport[]> {
  const options = { waitUntilReady: false, startTimeoutMs };
  const transports = await Promise.all(urls.map((url) => connect(url, options)));
  opened.push(...transports);
  return transports;
}

/** What is deployed now: a server and a client, each with transports of its own, as if they were processes. */
class Deployment {
  #server: Server | undefined;
  #client: Client | undefined;

  /** Starts a server of these brokers, then stops the one of before: a rolling restart. */
  async servers(...urls: string[]): Promise<void> {
    const before = this.#server;
    const transport = await open(urls);
    const server = createServer({ transport, service: SERVICE });
    server.register("addOne", (request) => request.json<number>() + 1);
    await server.listen();
    this.#server = server;
    opened.push(server);
    await before?.shutdown();
  }

  /** The same for the callers. */
  async clients(...urls: string[]): Promise<void> {
    const before = this.#client;
    const transport = await open(urls);
    this.#client = createClient({ transport, service: SERVICE, timeoutMs: 10_000 });
    opened.push(this.#client);
    await before?.close({ timeoutMs: 10_000 });
  }

  async addOne(value: number): Promise<number> {
    if (this.#client === undefined) throw new Error("no client is deployed");
    return (await this.#client.call("addOne").withStruct(value).sync()).json<number>();
  }
}

/** Calls on and on until it is stopped, so many at a time; each answer is checked. */
class Load {
  answered = 0;
  readonly wrong: string[] = [];
  #stopped = false;
  readonly #callers: Promise<void>[];
  #wake: () => void = () => {};

  constructor(addOne: (value: number) => Promise<number>) {
    this.#callers = Array.from({ length: CALLS_AT_A_TIME }, () => this.#callOnAndOn(addOne));
  }

  /** Resolves when so many more calls have had their answers. */
  async answersMore(count: number): Promise<void> {
    const goal = this.answered + count;
    while (this.answered < goal && this.wrong.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#callers);
  }

  async #callOnAndOn(addOne: (value: number) => Promise<number>): Promise<void> {
    for (let value = 0; !this.#stopped; value++) {
      const answer = await addOne(value).catch((error: unknown) => String(error));
      if (answer === value + 1) this.answered++;
      else this.wrong.push(`${value}: ${answer}`);
      this.#wake();
    }
  }
}

test("a server and a client start while one of their brokers is away", async () => {
  const urls = ["amqp://guest:guest@127.0.0.1:1", "memory:migration"];
  const server = createServer({ transport: await open(urls, 200), service: SERVICE });
  opened.push(server);
  const degraded: string[] = [];
  server.on("degraded", ({ transport }) => degraded.push(transport));
  server.register("addOne", (request) => request.json<number>() + 1);
  await server.listen();
  const client = createClient({ transport: await open(urls), service: SERVICE, timeoutMs: 10_000 });
  opened.push(client);
  expect((await client.call("addOne").withStruct(1).sync()).json()).toBe(2);
  expect(degraded).toEqual(["amqp091"]);
});

// The steps of docs/migration.md.
describeBroker("rabbitmq-3.10", (rabbit) => {
  test("a system moves from RabbitMQ by 0-9-1 to Artemis by 1.0 under load, and no call fails", {
    timeout: 120_000,
  }, async ({ skip }) => {
    const artemis = await broker("artemis").catch((error: Error) => skip(error.message));
    const [old, next] = [rabbit.url("amqp091"), artemis.url("amqp10")];
    const deployment = new Deployment();
    await deployment.servers(old);
    await deployment.clients(old);
    const load = new Load((value) => deployment.addOne(value));
    const steps = [
      () => deployment.servers(old, next),
      () => deployment.clients(next, old),
      () => deployment.servers(next),
      () => deployment.clients(next),
      () => rabbit.stop(),
    ];
    for (const step of steps) {
      await load.answersMore(CALLS_A_STEP);
      await step();
    }
    await load.answersMore(CALLS_A_STEP);
    await load.stop();
    await rabbit.start();
    expect(load.wrong).toEqual([]);
    expect(load.answered).toBeGreaterThanOrEqual(CALLS_A_STEP * (steps.length + 1));
  });

  test("a client that prefers one broker goes on over the other when it dies, and comes back", {
    timeout: 120_000,
  }, async ({ skip }) => {
    const artemis = await broker("artemis").catch((error: Error) => skip(error.message));
    const urls = [rabbit.url("amqp091"), artemis.url("amqp10")];
    for (const [word, transport] of [
      ["preferred", ...(await reach(urls.slice(0, 1)))],
      ["other", ...(await reach(urls.slice(1)))],
    ] as const) {
      const server = createServer({ transport: transport as Transport, service: SERVICE });
      server.register("where", () => word);
      await server.listen();
      opened.push(server);
    }
    const transport = await reach(urls);
    const client = createClient({ transport, service: SERVICE, timeoutMs: 10_000 });
    opened.push(client);
    const where = async (): Promise<string> => (await client.call("where").sync()).json<string>();
    expect(await where()).toBe("preferred");
    const [preferred] = transport;
    const down = new Promise((resolve) => preferred?.on("down", resolve));
    await rabbit.kill();
    await down;
    expect(await where()).toBe("other");
    const up = new Promise((resolve) => preferred?.on("up", resolve));
    await rabbit.start();
    await up;
    await expect.poll(where).toBe("preferred");
  });
});
