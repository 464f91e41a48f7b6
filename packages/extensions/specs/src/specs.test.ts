import {
  ACCEPTED,
  Events,
  ExtensionSet,
  type Message,
  type MethodSpec,
  type SendOutcome,
  type ServerEvents,
  UNROUTABLE,
  UNSENT,
} from "@porthos-rpc/protocol";
import { extensionHost, ManualClock } from "@porthos-rpc/protocol/testing";
import { memory } from "@porthos-rpc/transport-memory";
import { describe, expect, it } from "vitest";
import { type SpecsOptions, specs } from "./index.js";

const ADD_ONE: MethodSpec = {
  description: "Adds one",
  request: {
    contentType: "application/json",
    body: { value: { type: "number", description: "The number" } },
  },
  response: { contentType: "application/json", body: [{ type: "number" }] },
};

/** A server with these methods, on which the extension is installed. */
async function installed(
  options: SpecsOptions = {},
  methods: Map<string, MethodSpec | undefined> = new Map([["addOne", ADD_ONE]]),
  outcome: SendOutcome = ACCEPTED,
) {
  const clock = new ManualClock();
  const sent: { readonly queue: string; readonly message: Message }[] = [];
  const script = { outcome };
  const send = async (queue: string, message: Message): Promise<SendOutcome> => {
    sent.push({ queue, message });
    return script.outcome;
  };
  const host = extensionHost({ service: "CalculatorService", clock, methods, send });
  const set = new ExtensionSet("createServer", "server", new Events<ServerEvents>());
  const extension = specs(options);
  set.add(extension);
  await set.start([memory()], host);
  const bodies = (): unknown[] =>
    sent.map(({ message }) => JSON.parse(new TextDecoder().decode(message.body)) as unknown);
  const advance = async (ms: number): Promise<void> => {
    await turns();
    clock.advance(ms);
    await turns();
  };
  return { clock, sent, script, host, set, extension, methods, bodies, advance };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await undefined;
}

describe("specs", () => {
  it("ships what the methods say about themselves when the server starts, in the seed's form and order", async () => {
    const { sent } = await installed();
    expect(sent).toHaveLength(1);
    expect(new TextDecoder().decode(sent[0]?.message.body)).toBe(
      '{"service":"CalculatorService","specs":{"addOne":{"description":"Adds one",' +
        '"request":{"contentType":"application/json","body":{"value":{"type":"number","description":"The number"}}},' +
        '"response":{"contentType":"application/json","body":[{"type":"number"}]}}}}',
    );
    expect(sent[0]?.queue).toBe("porthos.specs");
    expect(sent[0]?.message).toMatchObject({
      contentType: "application/json",
      correlationId: undefined,
      replyTo: undefined,
      headers: new Map(),
      durable: true,
    });
  });

  it("has every field that Go has, and leaves out methods that say nothing", async () => {
    const methods = new Map([
      ["silent", undefined],
      ["log", { description: "Logs" }],
      ["__proto__", {} as MethodSpec],
    ]);
    const { sent } = await installed({}, methods);
    const none = '{"contentType":"","body":null}';
    expect(new TextDecoder().decode(sent[0]?.message.body)).toBe(
      `{"service":"CalculatorService","specs":{"log":{"description":"Logs","request":${none},"response":${none}},` +
        `"__proto__":{"description":"","request":${none},"response":${none}}}}`,
    );
  });

  it("ships an empty list for a service without specs, as the seed does", async () => {
    const { bodies } = await installed({}, new Map());
    expect(bodies()).toEqual([{ service: "CalculatorService", specs: {} }]);
  });

  it.each([
    ["missing", UNROUTABLE],
    ["out of reach", UNSENT],
  ])("ships them again and again while the queue is %s, until they arrive", async (_why, outcome) => {
    const { script, sent, advance, clock, extension } = await installed({}, undefined, outcome);
    for (const [index, delayMs] of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000].entries()) {
      await advance(delayMs - 1);
      expect(sent).toHaveLength(index + 1);
      await advance(1);
      expect(sent).toHaveLength(index + 2);
    }
    script.outcome = ACCEPTED;
    await advance(60_000);
    await advance(599_999);
    expect(sent).toHaveLength(10);
    expect(clock.timerCount).toBe(1);
    expect(extension.server?.describe?.()).toMatchObject({ shipped: 1 });
  });

  it("ships them anew at the interval, with what was registered since, so that a reader that lost them has them again", async () => {
    const { bodies, methods, advance, sent } = await installed({ everyMs: 5_000 });
    methods.set("log", { description: "Logs" });
    await advance(5_000);
    expect(bodies()).toMatchObject([
      { specs: { addOne: { description: "Adds one" } } },
      { specs: { addOne: { description: "Adds one" }, log: { description: "Logs" } } },
    ]);
    expect(sent.map(({ message }) => message.ttlMs)).toEqual([120_000, 120_000]);
  });

  it("ships what it had where later specs cannot be told", async () => {
    const { bodies, methods, advance } = await installed({ everyMs: 5_000 });
    methods.set("bad", circular());
    await advance(5_000);
    expect(bodies()[1]).toEqual(bodies()[0]);
  });

  it("ships them once, for ever, if it is told so", async () => {
    const { sent, advance, clock } = await installed({ everyMs: 0 });
    await advance(0);
    expect(sent[0]?.message.ttlMs).toBeUndefined();
    expect([sent.length, clock.timerCount]).toEqual([1, 0]);
  });

  it("leaves no timer when it stops, even if that happens before it is known what became of them", async () => {
    const { set, advance, clock, sent } = await installed();
    await set.stop();
    await advance(0);
    expect([clock.timerCount, sent.length]).toEqual([0, 1]);
    const other = await installed();
    await other.advance(0);
    await other.set.stop();
    expect(other.clock.timerCount).toBe(0);
  });

  it.each([
    ["have no JSON", circular(), "specs: the specs of CalculatorService cannot be encoded as JSON"],
    [
      "have too much of it",
      { description: "x".repeat(1_048_576) },
      /specs: the specs of CalculatorService have \d+ bytes as JSON; at most 1048576 are shipped/,
    ],
  ])("fails the start for specs that %s", async (_what, spec, message) => {
    await expect(installed({}, new Map([["m", spec]]))).rejects.toThrow(message);
  });

  it("starts again after it was stopped, and is part of one server at a time", async () => {
    const { set, host, sent, extension } = await installed();
    const other = new ExtensionSet("createServer", "server", new Events<ServerEvents>());
    other.add(extension);
    await expect(other.start([memory()], host)).rejects.toThrow(
      "specs: it is part of a server already; make one for each server",
    );
    await set.stop();
    await set.start([memory()], host);
    expect(sent).toHaveLength(2);
  });

  it("says its name, what it is set to, and how often the specs arrived", () => {
    const extension = specs();
    expect(extension).toMatchObject({ name: "specs", apiVersion: 1 });
    expect(extension.server?.describe?.()).toEqual({ queue: "porthos.specs", everyMs: 600_000, shipped: 0 });
    expect(extension.client).toBeUndefined();
  });

  it.each([
    [{ every: 5 }, 'specs: unknown option "every"; the options are everyMs'],
    [{ everyMs: 10 }, 'specs: option "everyMs" must be a whole number from 1000 to 86400000, got 10'],
    [{ everyMs: "1h" }, 'specs: option "everyMs" must be a whole number from 1000 to 86400000, got a text'],
    [null, "specs: expected an object of options, got null"],
  ])("refuses wrong options, by name: %j", (options: unknown, message) => {
    expect(() => specs(options as SpecsOptions)).toThrow(new TypeError(message));
  });
});

function circular(): MethodSpec {
  const spec: Record<string, unknown> = { description: "round" };
  spec["request"] = { contentType: "application/json", body: spec };
  return spec as unknown as MethodSpec;
}
