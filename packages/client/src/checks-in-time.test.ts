import { contract, method, notification, type Schema, stream } from "@porthos-rpc/contract";
import { encodeResponse, encodeText } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { ScriptedTransport } from "../test/scripted-transport.js";
import { settle, watch } from "../test/watch.js";
import { createClient } from "./index.js";

/** Checks that wait until they are let go on. */
function slowly() {
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const validate = (value: unknown) => gate.then(() => ({ value }));
  const schema: Schema = { "~standard": { version: 1, vendor: "test", validate } };
  return { schema, open: () => open() };
}

function setup() {
  const { schema, open } = slowly();
  const slow = contract("Slow", {
    ask: method({ input: schema }),
    answer: method({ output: schema }),
    tell: notification({ input: schema }),
    unasked: stream({ output: schema }),
    items: stream({ input: schema, output: schema }),
    result: stream({ input: schema, upload: schema, result: schema }),
  });
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  const client = createClient({ transport, contract: slow, timeoutMs: 1_000, clock });
  return { client, clock, transport, open };
}

const beginnings = {
  "a method": (made: ReturnType<typeof setup>, options: object) => made.client.methods.ask(1, options),
  "a notification": (made: ReturnType<typeof setup>, options: object) => made.client.methods.tell(1, options),
  "a stream": (made: ReturnType<typeof setup>, options: object) =>
    made.client.methods.items(1, options)[Symbol.asyncIterator]().next(),
  "a stream with one answer": (made: ReturnType<typeof setup>, options: object) =>
    made.client.methods.result(1, [], options),
} as const;

describe.each(Object.entries(beginnings))("a check of the input of %s that waits", (_, begin) => {
  it("ends with the deadline of the call, which was not sent", async () => {
    const made = setup();
    const call = watch(begin(made, { timeoutMs: 100 }) as Promise<unknown>);
    await settle();
    made.clock.advance(250);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "no" });
    expect(made.transport.sent).toEqual([]);
    await made.client.close();
    expect(made.clock.timerCount).toBe(0);
  });

  it("ends with the signal of the call, aborted before or after", async () => {
    const made = setup();
    const controller = new AbortController();
    const after = watch(begin(made, { signal: controller.signal }) as Promise<unknown>);
    const before = watch(begin(made, { signal: AbortSignal.abort() }) as Promise<unknown>);
    await settle();
    controller.abort();
    await settle();
    for (const call of [after, before])
      expect(call.error).toMatchObject({ code: "Cancelled", executed: "no" });
    await made.client.close();
    expect(made.clock.timerCount).toBe(0);
  });

  it("ends with the client, closed before or after", async () => {
    const made = setup();
    const before = watch(begin(made, {}) as Promise<unknown>);
    await settle();
    await made.client.close();
    const after = watch(begin(made, {}) as Promise<unknown>);
    await settle();
    for (const call of [before, after]) expect(call.error).toMatchObject({ code: "Closed", executed: "no" });
    expect(made.clock.timerCount).toBe(0);
  });
});

describe("the time that a check of the input took", () => {
  it("is taken from the call", async () => {
    const made = setup();
    const call = watch(made.client.methods.ask(1, { timeoutMs: 1_000 }));
    await settle();
    made.clock.advance(400);
    made.open();
    await settle();
    expect(made.transport.last.message.ttlMs).toBe(600);
    made.clock.advance(850);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout" });
    await made.client.close();
  });
});

describe("a check of the answer that waits", () => {
  async function answered(options: object) {
    const made = setup();
    const call = watch(made.client.methods.answer(options));
    await settle();
    made.clock.advance(80);
    const body = encodeText("1");
    const response = { statusCode: 200, contentType: "application/json", body, headers: undefined };
    const { correlationId } = made.transport.last.message;
    made.transport.last.replyWith(encodeResponse(response, correlationId));
    await settle();
    return { ...made, call };
  }

  it("ends with the deadline of the call, counted from the call, which has run", async () => {
    const { call, clock, client } = await answered({ timeoutMs: 100 });
    expect(call.state).toBe("pending");
    clock.advance(170);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "yes" });
    await client.close();
  });

  it("ends with the client", async () => {
    const { call, client } = await answered({});
    await client.close();
    expect(call.error).toMatchObject({ code: "Closed", executed: "yes" });
  });

  it("is waited for until then", async () => {
    const { call, client, open } = await answered({});
    open();
    await settle();
    expect(call.value).toBe(1);
    await client.close();
  });
});

describe("a check of an item that waits", () => {
  it("ends with the stream's idleTimeoutMs", async () => {
    const made = setup();
    const items = made.client.methods.unasked({ idleTimeoutMs: 200 });
    const next = watch(items.next());
    await settle();
    made.transport.last.items(0, [1]);
    await settle();
    made.clock.advance(350);
    await settle();
    expect(next.error).toMatchObject({ code: "Timeout", executed: "maybe" });
    await made.client.close();
    expect(made.clock.timerCount).toBe(0);
  });
});
