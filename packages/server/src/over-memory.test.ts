import type { Extension } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { type MemoryBrokerOptions, memory, memoryBroker } from "@porthos-rpc/transport-memory";
import { afterEach, describe, expect, it } from "vitest";
import { caller } from "../test/caller.js";
import { settle, watch } from "../test/watch.js";
import { bodySpecFromArray, bodySpecFromSchema, createServer, type Handler, type Server } from "./index.js";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

function open<T extends { close(): Promise<void> }>(closable: T): T {
  opened.push(closable);
  return closable;
}

/** A broker with one caller. */
async function setup(options: MemoryBrokerOptions = {}) {
  const broker = memoryBroker(options);
  const calling = await caller(open(memory({ broker })));
  const listening = async (methods: Record<string, Handler>, options: object = {}): Promise<Server> => {
    const server = open(createServer({ transport: open(memory({ broker })), service: "S", ...options }));
    for (const [method, handler] of Object.entries(methods)) server.register(method, handler);
    await server.listen();
    return server;
  };
  return { broker, calling, listening };
}

/** A promise that the test ends. */
function deferred() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}

describe("the seed's vocabulary", () => {
  it("serves methods, with and without specs, and with extensions", async () => {
    const transport = open(memory());
    const lines: string[] = [];
    const accessLog: Extension = {
      name: "access-log",
      apiVersion: 1,
      server: { observe: { incoming: ({ call }) => lines.push(call.method) } },
    };
    const server = createServer({ transport, service: "CalculatorService", maxInFlight: 10, autoAck: false });
    server.register("addOne", (request, response) => {
      const { value } = request.json<{ value: number }>();
      response.json(200, { original_value: value, value_plus_one: value + 1 });
    });
    server.registerWithSpec(
      "add",
      (request, response) => {
        const [a, b] = request.args<[number, number]>();
        response.json(200, a + b);
      },
      {
        description: "Adds two numbers",
        request: { contentType: "application/json", body: bodySpecFromArray({ type: "number" }) },
        response: {
          contentType: "application/json",
          body: bodySpecFromSchema({ properties: { sum: { type: "number" } } }),
        },
      },
    );
    server.register("echo", (request, response) => {
      response.headers.set("porthos-service", request.serviceName);
      response.raw(200, request.contentType ?? "text/plain", request.body);
    });
    server.register("nothing", (_request, response) => response.empty(204));
    server.addExtension(accessLog);
    await server.listen();
    const calling = await caller(transport);
    const answer = await calling.call("CalculatorService", "addOne", { value: 20 });
    expect([answer.status, answer.json()]).toEqual([200, { original_value: 20, value_plus_one: 21 }]);
    expect((await calling.call("CalculatorService", "add", [1, 2])).json()).toBe(3);
    const echo = await calling.call("CalculatorService", "echo", "hello");
    expect(echo.json()).toBe("hello");
    expect(echo.message.headers.get("porthos-service")).toBe("CalculatorService");
    expect((await calling.call("CalculatorService", "nothing")).status).toBe(204);
    expect((await calling.call("CalculatorService", "__proto__")).status).toBe(404);
    expect(server.methods.get("add")).toMatchObject({ description: "Adds two numbers" });
    expect(lines).toEqual(["addOne", "add", "echo", "nothing"]);
    const closed = watch(server.closed);
    await server.shutdown();
    expect(closed.state).toBe("resolved");
  });
});

describe("a server over a broker", () => {
  it("answers statusCode as a whole number, by the caller's correlation id", async () => {
    const { calling, listening } = await setup();
    await listening({ m: () => "answer" });
    const { message } = await calling.call("S", "m");
    expect(message.correlationId).toBe("call-1");
    expect(message.headers.get("statusCode")).toBe(200);
  });

  it("runs one-way requests and answers nobody", async () => {
    const { calling, listening } = await setup();
    const ran = deferred();
    await listening({ log: () => ran.resolve() });
    expect(await calling.send("S", "log", ["INFO", "text"])).toBe("accepted");
    await ran.promise;
    await settle();
    expect(calling.answers).toEqual([]);
  });

  it("never runs a request that expired in the queue", async () => {
    const clock = new ManualClock();
    const { calling, listening } = await setup({ clock });
    const ran: unknown[] = [];
    const begun = deferred();
    const release = deferred();
    await listening(
      {
        m: async (request) => {
          ran.push(request.json());
          begun.resolve();
          await release.promise;
        },
      },
      { maxInFlight: 1, clock },
    );
    const first = calling.call("S", "m", "first");
    await begun.promise;
    const expires = watch(calling.call("S", "m", "expires", 20));
    const third = calling.call("S", "m", "third");
    await settle();
    clock.advance(30);
    release.resolve();
    await Promise.all([first, third]);
    expect(ran).toEqual(["first", "third"]);
    expect(expires.state).toBe("pending");
  });

  it("shares the work with its peers, none beyond its maxInFlight", async () => {
    const { calling, listening } = await setup();
    const most = [0, 0];
    const running = [0, 0];
    for (const i of [0, 1]) {
      await listening(
        {
          m: async () => {
            running[i] = (running[i] ?? 0) + 1;
            most[i] = Math.max(most[i] ?? 0, running[i] ?? 0);
            await settle();
            running[i] = (running[i] ?? 0) - 1;
          },
        },
        { maxInFlight: 5 },
      );
    }
    const answers = await Promise.all(Array.from({ length: 200 }, () => calling.call("S", "m")));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 204));
    expect(most).toEqual([5, 5]);
  });

  it("loses no request when servers shut down and others take over, and answers each once", async () => {
    const { calling, listening } = await setup();
    const handler: Handler = async (request) => {
      await settle();
      return request.json();
    };
    let server = await listening({ m: handler });
    const calls = Array.from({ length: 300 }, (_, i) => calling.call("S", "m", i));
    for (let i = 0; i < 5; i++) {
      const next = await listening({ m: handler });
      await server.shutdown();
      server = next;
    }
    const answers = await Promise.all(calls);
    expect(answers.map((answer) => answer.json())).toEqual(Array.from({ length: 300 }, (_, i) => i));
    await settle();
    expect(calling.answers).toHaveLength(300);
  });

  it("gives what is running back to its peers when it is closed, and they see that it is redelivered", async () => {
    const { calling, listening } = await setup();
    const begun = deferred();
    const first = await listening({
      m: () => {
        begun.resolve();
        return new Promise(() => {});
      },
    });
    const call = calling.call("S", "m");
    await begun.promise;
    await listening({ m: (request) => request.redelivered });
    await first.close();
    expect((await call).json()).toBe(true);
  });

  it("goes on after the broker was away, with its handlers registered once", async () => {
    const { broker, calling, listening } = await setup();
    let runs = 0;
    const server = await listening({
      m: () => {
        runs++;
      },
    });
    await calling.call("S", "m");
    broker.stop();
    broker.start();
    const again = await caller(open(memory({ broker })));
    expect((await again.call("S", "m")).status).toBe(204);
    expect(runs).toBe(2);
    await server.shutdown();
  });

  it("leaves its transport idle when it has closed", async () => {
    const transport = open(memory());
    const server = createServer({ transport, service: "S" });
    expect(transport.state).toBe("idle");
    await server.listen();
    expect(transport.state).toBe("up");
    await server.shutdown();
    expect(transport.state).toBe("idle");
  });

  it("closes, though it never listened, what connect has opened for it", async () => {
    const transport = open(memory());
    await transport.ready();
    await createServer({ transport, service: "S" }).close();
    expect(transport.state).toBe("idle");
  });

  it("says so when the broker cannot be reached in the transport's start budget", async () => {
    const broker = memoryBroker();
    broker.stop();
    const transport = open(memory({ broker, startTimeoutMs: 30 }));
    const server = createServer({ transport, service: "S" });
    await expect(server.listen()).rejects.toMatchObject({ code: "Unavailable", executed: "no" });
    broker.start();
    await server.listen();
    await server.close();
  });
});
