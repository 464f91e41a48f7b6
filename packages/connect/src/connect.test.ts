import { inspect } from "node:util";
import { NO_BODY, NO_HEADERS, RpcError, type Transport } from "@porthos-rpc/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connect } from "./index.js";
import { SCHEMES, type TransportModule } from "./schemes.js";

const PASSWORD = "s3cret";

/** What one of the transports is made of in a test. */
function fakeTransport(ready: () => Promise<void>): Transport & { closes: number } {
  const fake = {
    closes: 0,
    ready,
    close: async () => {
      fake.closes++;
    },
  };
  return fake as unknown as Transport & { closes: number };
}

/** The error that it rejects with; it must not show the password, however it is printed. */
async function refusal(connecting: Promise<unknown>): Promise<Error> {
  const error = await connecting.then(
    () => new Error("it was not refused"),
    (thrown: Error) => thrown,
  );
  for (const text of [String(error), error.stack, inspect(error, { depth: 9 }), JSON.stringify(error)]) {
    expect(text).not.toContain(PASSWORD);
  }
  return error;
}

afterEach(() => {
  vi.doUnmock("@porthos-rpc/transport-amqp091");
  vi.doUnmock("@porthos-rpc/transport-memory");
  vi.resetModules();
});

describe("connect", () => {
  it.each(["memory:", "MEMORY:"])("opens the transport that %s names, ready to be used", async (url) => {
    const transport = await connect(url);
    expect(transport).toMatchObject({ name: "memory", state: "up" });
    await transport.close();
  });

  it("gives programs of one process that name the same memory: URL the same broker", async () => {
    const one = await connect("memory:shared");
    const other = await connect("memory:shared");
    let heard: (contentType: string | undefined) => void = () => {};
    const received = new Promise<string | undefined>((resolve) => {
      heard = resolve;
    });
    await one.consume("q", { credit: 1 }, (delivery) => {
      delivery.accept();
      heard(delivery.message.contentType);
    });
    other.send("q", {
      body: NO_BODY,
      contentType: "text/plain",
      correlationId: undefined,
      replyTo: undefined,
      ttlMs: undefined,
      headers: NO_HEADERS,
      durable: false,
    });
    await expect(received).resolves.toBe("text/plain");
    await Promise.all([one.close(), other.close()]);
  });

  it("passes the URL and further options on, the scheme in lower case", async () => {
    const amqp091 = vi.fn(() => fakeTransport(async () => {}));
    vi.doMock("@porthos-rpc/transport-amqp091", () => ({ amqp091 }));
    const url = `://User:${PASSWORD}@host:5673/vHost?heartbeat=5`;
    await connect(`AMQP${url}`, { connectionName: "billing", url: "memory:" });
    expect(amqp091).toHaveBeenCalledWith({ connectionName: "billing", url: `amqp${url}` });
  });

  it("hands on a transport's refusal of an option", async () => {
    await expect(connect("memory:", { heartbeat: 1 })).rejects.toThrow(TypeError);
    await expect(connect("memory:", { heartbeat: 1 })).rejects.toThrow(/^memory: unknown option "heartbeat"/);
  });

  it("returns the transport idle when it is not to wait, whether or not its broker is there", async () => {
    const transport = await connect("amqp://127.0.0.1:1", { waitUntilReady: false });
    expect(transport.state).toBe("idle");
    const lease = transport.acquire();
    expect(transport.state).toBe("connecting");
    await lease.release();
    await transport.close();
  });

  it("keeps its own options from the transport, and checks them", async () => {
    const amqp091 = vi.fn(() => fakeTransport(async () => {}));
    vi.doMock("@porthos-rpc/transport-amqp091", () => ({ amqp091 }));
    await connect("amqp://host", { waitUntilReady: true });
    expect(amqp091).toHaveBeenCalledWith({ url: "amqp://host" });
    await expect(connect("memory:", { waitUntilReady: "no" as unknown as boolean })).rejects.toThrow(
      'connect: option "waitUntilReady" must be true or false, got a text',
    );
  });

  it.each([
    [
      "http://user:s3cret@host",
      'connect: unknown URL scheme "http:"; known are memory:, amqp:, amqps:, amqp10:, amqp10s:',
    ],
    [
      "__proto__:x",
      'connect: expected a URL such as "memory:" or "amqp://localhost", got a text without a scheme',
    ],
    ["constructor:x", 'connect: unknown URL scheme "constructor:"'],
    ["user:s3cret@host", 'connect: unknown URL scheme "user:"'],
  ])("refuses the scheme of %s, naming those that it knows", async (url, message) => {
    const error = await refusal(connect(url));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(message);
  });

  it.each([
    ["s3cret", "a text without a scheme"],
    ["//user:s3cret@host", "a text without a scheme"],
    ["", "a text without a scheme"],
    [" amqp://host", "a text without a scheme"],
    [undefined, "undefined"],
    [null, "object"],
    [7, "number"],
    [new URL("amqp://user:s3cret@host"), "object"],
  ])("refuses what is no URL, without showing it: %#", async (url: unknown, found) => {
    const error = await refusal(connect(url as string));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      `connect: expected a URL such as "memory:" or "amqp://localhost", got ${found}`,
    );
  });

  it("recommends a URL that is one", async () => {
    const { message } = await refusal(connect("localhost"));
    const [, ...recommended] = message.match(/such as "(.*)" or "(.*)",/) ?? [];
    for (const url of recommended) await (await connect(url, { waitUntilReady: false })).close();
    expect(recommended).toHaveLength(2);
  });

  it("says what to install when the package of a scheme is not", async () => {
    const schemes = SCHEMES as Map<string, TransportModule>;
    schemes.set("carrier:", { package: "@porthos-rpc/transport-carrier", factory: "carrier" });
    const error = await refusal(connect(`carrier://user:${PASSWORD}@host`));
    schemes.delete("carrier:");
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({
      code: "Config",
      executed: "no",
      message:
        "connect: carrier: URLs need @porthos-rpc/transport-carrier, which is not installed: npm install @porthos-rpc/transport-carrier",
    });
    expect(error.cause).toBeInstanceOf(Error);
  });

  it("does not call a package missing that is there but broken", async () => {
    vi.doMock("@porthos-rpc/transport-amqp091", () => {
      throw new Error("Cannot find package 'amqplib' imported from transport.js");
    });
    const error = await refusal(connect("amqp://host"));
    expect(error).not.toBeInstanceOf(RpcError);
  });

  it("closes the transport when it does not get ready, and fails with its reason", async () => {
    const reason = new RpcError("Config", "wrong password");
    const transport = fakeTransport(() => Promise.reject(reason));
    vi.doMock("@porthos-rpc/transport-amqp091", () => ({ amqp091: () => transport }));
    expect(await refusal(connect(`amqp://user:${PASSWORD}@host`))).toBe(reason);
    expect(transport.closes).toBe(1);
  });
});

describe("the schemes", () => {
  it("are those that the documentation names, each with package and factory", () => {
    expect(
      Object.fromEntries(
        [...SCHEMES].map(([scheme, { package: name, factory }]) => [scheme, [name, factory]]),
      ),
    ).toEqual({
      "memory:": ["@porthos-rpc/transport-memory", "memory"],
      "amqp:": ["@porthos-rpc/transport-amqp091", "amqp091"],
      "amqps:": ["@porthos-rpc/transport-amqp091", "amqp091"],
      "amqp10:": ["@porthos-rpc/transport-amqp10", "amqp10"],
      "amqp10s:": ["@porthos-rpc/transport-amqp10", "amqp10"],
    });
  });

  it.each(["memory:", "amqp:", "amqps:", "amqp10:", "amqp10s:"])(
    "of %s lead to a factory that the package really exports",
    async (scheme) => {
      const module = SCHEMES.get(scheme);
      const exported = (await import(/* @vite-ignore */ module?.package ?? "")) as Record<string, unknown>;
      expect(exported[module?.factory ?? ""]).toBeTypeOf("function");
    },
  );
});
