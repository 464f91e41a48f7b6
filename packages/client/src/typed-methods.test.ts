import { contract, method, methodHash } from "@porthos-rpc/contract";
import { ACCEPTED, NO_BODY, RpcError, valuesCodec } from "@porthos-rpc/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { calculator, closing, sentBy, type Typed } from "../test/calculator.js";
import { settle, watch } from "../test/watch.js";
import { createClient } from "./index.js";

const typedSetups = closing();
const setup = typedSetups.typed;

afterEach(typedSetups.close);

describe("client.methods", () => {
  it("are the contract's, and nothing else has a name there", () => {
    const { methods } = setup().client;
    expect(Object.keys(methods)).toEqual(Object.keys(calculator));
    expect(Object.getPrototypeOf(methods)).toBeNull();
    expect(Object.isFrozen(methods)).toBe(true);
    expect("then" in methods).toBe(false);
  });

  it("are none without a contract", () => {
    const { transport } = setup();
    expect(createClient({ transport, service: "S" }).methods).toEqual({});
  });

  it("may have any name that a method may have", async () => {
    const odd = contract("Odd", { constructor: method(), "a b": method() });
    const { transport, clock } = setup();
    const client = createClient({ transport, contract: odd, timeoutMs: 1_000, clock });
    void watch(client.methods["a b"]());
    void watch((client.methods as unknown as { constructor(): Promise<void> }).constructor());
    await settle();
    expect(transport.sent.map(({ message }) => message.headers.get("X-Method"))).toEqual([
      "a b",
      "constructor",
    ]);
    await client.close();
  });
});

describe("what a method of a contract sends", () => {
  it("is its input as it was given, in JSON, with its name and the hash of its contract", async () => {
    const made = setup();
    const { message, queue, text } = await sentBy(made, made.client.methods.addOne({ value: 20 }));
    expect([queue, text, message.contentType]).toEqual(["Calculator", '{"value":20}', "application/json"]);
    expect([...message.headers]).toEqual([
      ["porthos-contract", methodHash(calculator.addOne)],
      ["X-Method", "addOne"],
    ]);
    expect(message).toMatchObject({ ttlMs: 1_000, durable: false });
  });

  it("goes to the service by the name that the client was told", async () => {
    const made = setup({ service: "calculator-2" });
    expect(await sentBy(made, made.client.methods.ping())).toMatchObject({ queue: "calculator-2" });
  });

  it("is no body where it takes nothing, or was given nothing", async () => {
    const made = setup();
    for (const call of [made.client.methods.ping(), made.client.methods.find()]) {
      const { message } = await sentBy(made, call);
      expect(message).toMatchObject({ body: NO_BODY, contentType: undefined });
    }
  });

  it("are bytes as they are, of the type that the contract says", async () => {
    const made = setup();
    const image = Uint8Array.of(1, 2, 3);
    const { message } = await sentBy(made, made.client.methods.picture(image));
    expect(message.body).toBe(image);
    expect(message.contentType).toBe("image/png");
  });

  it("is in the client's codec, if it was given one", async () => {
    const made = setup({ codec: valuesCodec });
    const { message } = await sentBy(made, made.client.methods.find("x"));
    expect(message.contentType).toBe(valuesCodec.contentType);
    expect(valuesCodec.decode(message.body)).toBe("x");
  });

  it("has the options of the call: after the input, or first where it takes none", async () => {
    const made = setup();
    const first = await sentBy(
      made,
      made.client.methods.addOne({ value: 1 }, { timeoutMs: 300, aliveEveryMs: 500 }),
    );
    expect(first.message.ttlMs).toBe(300);
    expect(first.message.headers.get("porthos-alive")).toBe(500);
    const second = await sentBy(made, made.client.methods.ping({ timeoutMs: 300 }));
    expect(second.message.ttlMs).toBe(300);
    const third = await sentBy(made, made.client.methods.find(undefined, { timeoutMs: 300 }));
    expect(third.message.ttlMs).toBe(300);
  });

  it("is nothing if its signal is aborted", async () => {
    const { client, transport } = setup();
    const call = client.methods.ping({ signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: "Cancelled", executed: "no" });
    expect(transport.sent).toEqual([]);
  });
});

describe("an input that does not fit", () => {
  it.each<[string, (methods: Typed["client"]["methods"]) => Promise<unknown>, string]>([
    [
      "at once",
      (methods) => methods.addOne({ value: "s3cret" as never }),
      "Calculator.addOne: the input does not fit the contract: value: ",
    ],
    [
      "by a promise",
      (methods) => methods.double(100),
      "Calculator.double: the input does not fit the contract: must be less than 100",
    ],
    [
      "and should be bytes",
      (methods) => methods.picture("s3cret" as never),
      "Calculator.picture: the input does not fit the contract: expected a Uint8Array",
    ],
    [
      "of a notification",
      (methods) => methods.log(["s3cret"] as never),
      "Calculator.log: the input does not fit the contract: ",
    ],
  ])("is BadRequest, not executed, and never sent: %s", async (_, call, message) => {
    const { client, transport } = setup();
    const error = await call(client.methods).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({
      code: "BadRequest",
      executed: "no",
      message: expect.stringContaining(message) as string,
      details: { issues: [expect.objectContaining({ message: expect.any(String) as string })] },
    });
    expect((error as Error).message).not.toContain("s3cret");
    expect(transport).toMatchObject({ sent: [], inboxes: [], leases: 0 });
  });

  it("is sent where the client does not check", async () => {
    const made = setup({ validate: { input: false } });
    expect(await sentBy(made, made.client.methods.addOne({ value: "x" as never }))).toMatchObject({
      text: '{"value":"x"}',
    });
  });

  it("is BadRequest where it cannot be encoded, checked or not", async () => {
    const { client, transport } = setup({ validate: false });
    for (const call of [client.methods.double(1n as never), client.methods.picture([1] as never)]) {
      const message = expect.stringMatching(/^Calculator\.(double|picture): the input /) as string;
      await expect(call).rejects.toMatchObject({ code: "BadRequest", executed: "no", message });
    }
    expect(transport.sent).toEqual([]);
  });

  it("is one whose validator throws, which is the error's cause", async () => {
    const thrown = new Error("broken validator");
    const broken = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: () => {
          throw thrown;
        },
      },
    } as const;
    const { transport } = setup();
    const client = createClient({ transport, contract: contract("S", { m: method({ input: broken }) }) });
    await expect(client.methods.m(1)).rejects.toMatchObject({ code: "BadRequest", cause: thrown });
  });
});

describe("a wrong option", () => {
  it("is a TypeError that names the method and the option, and nothing is sent", async () => {
    const { client, transport } = setup();
    const { addOne, ping, log, flush } = client.methods;
    const wrong = { timeout: 5 } as never;
    await expect(addOne({ value: 1 }, wrong)).rejects.toThrow(
      /^Calculator\.addOne: unknown option "timeout"/,
    );
    await expect(ping(wrong)).rejects.toThrow(/^Calculator\.ping: unknown option "timeout"/);
    await expect(log(["a", "b"], { aliveEveryMs: 500 } as never)).rejects.toThrow(
      /^Calculator\.log: unknown option "aliveEveryMs"/,
    );
    await expect(flush({ timeoutMs: 0 })).rejects.toThrow(/^Calculator\.flush: option "timeoutMs" must be/);
    await expect(ping({ value: 1 } as never)).rejects.toThrow(TypeError);
    expect(transport).toMatchObject({ sent: [], leases: 0 });
  });
});

describe("an argument too many", () => {
  it("is a TypeError that says where the options stand: they would not be looked at elsewhere", async () => {
    const { client, transport } = setup();
    const { addOne, ping, log, countTo, sum } = client.methods as unknown as Record<
      string,
      (...args: readonly unknown[]) => unknown
    >;
    await expect(addOne?.({ value: 1 }, {}, {})).rejects.toThrow(
      new TypeError("Calculator.addOne: expected 2 arguments at most, got 3; its options are the last"),
    );
    await expect(ping?.(undefined, { timeoutMs: 5 })).rejects.toThrow(
      new TypeError(
        "Calculator.ping: expected 1 argument at most, got 2; it has no input: its options are its first argument",
      ),
    );
    await expect(log?.(["a", "b"], {}, {})).rejects.toThrow(/^Calculator\.log: expected 2 arguments at most/);
    expect(() => countTo?.({ to: 1 }, {}, {})).toThrow(/^Calculator\.countTo: expected 2 arguments at most/);
    await expect(sum?.([1], {}, {})).rejects.toThrow(/^Calculator\.sum: expected 2 arguments at most/);
    expect(transport).toMatchObject({ sent: [], leases: 0 });
  });
});

describe("a notification", () => {
  it("is sent without a way back, and resolves with nothing when the broker has taken it", async () => {
    const made = setup();
    const { call, message, text } = await sentBy(made, made.client.methods.log(["INFO", "x"]));
    expect(text).toBe('["INFO","x"]');
    expect(message).toMatchObject({
      replyTo: undefined,
      correlationId: undefined,
      ttlMs: undefined,
      durable: true,
    });
    expect(message.headers.get("porthos-contract")).toBe(methodHash(calculator.log));
    expect(call.state).toBe("pending");
    made.transport.last.outcome(ACCEPTED);
    await settle();
    expect([call.state, call.value]).toEqual(["resolved", undefined]);
    expect(made.transport.inboxes).toEqual([]);
  });
});
