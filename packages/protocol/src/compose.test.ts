import { describe, expect, it } from "vitest";
import { checkExtension, checkNeeds, composeWire, composeWraps } from "./compose.js";
import type { ServerCall, WireWrap, Wrap } from "./extension.js";
import {
  CLIENT_PHASES,
  type ClientPhase,
  type Extension,
  SERVER_PHASES,
  type ServerPhase,
} from "./extension.js";
import { type Message, NO_BODY, NO_HEADERS } from "./message.js";
import type { ResponseEnvelope } from "./wire.js";

const message: Message = {
  body: NO_BODY,
  contentType: undefined,
  correlationId: undefined,
  replyTo: undefined,
  ttlMs: undefined,
  headers: NO_HEADERS,
  durable: false,
};
const response: ResponseEnvelope = {
  statusCode: 200,
  contentType: undefined,
  body: NO_BODY,
  headers: undefined,
};

describe("composeWraps", () => {
  type Call = { readonly log: string[] };
  const wrap = <P extends string>(phase: P, name: string = phase, later = false): Wrap<Call, P> => ({
    phase,
    run: (call, next) => {
      call.log.push(`> ${name}`);
      const answered = (answer: ResponseEnvelope): ResponseEnvelope => {
        call.log.push(`< ${name}`);
        return answer;
      };
      const answer = next(call);
      if (later) return Promise.resolve(answer).then(answered);
      return answer instanceof Promise ? answer.then(answered) : answered(answer);
    },
  });
  const innermost = (call: Call): ResponseEnvelope => {
    call.log.push("handler");
    return response;
  };

  it("is the innermost function itself when nothing wraps", () => {
    expect(composeWraps([], SERVER_PHASES, innermost)).toBe(innermost);
  });

  it.each([
    ["client", CLIENT_PHASES],
    ["server", SERVER_PHASES],
  ] as const)("orders the layers of a %s by phase, whatever the order of the array", (_, phases) => {
    const expected = [...phases.map((phase) => `> ${phase}`), "handler"];
    const orders = [
      [...phases],
      [...phases].reverse(),
      [...phases].sort(),
      [...phases.slice(3), ...phases.slice(0, 3)],
    ];
    for (const order of orders) {
      const log: string[] = [];
      const wraps = order.map((phase) => wrap<ClientPhase | ServerPhase>(phase));
      const composed = composeWraps(wraps, phases, innermost);
      expect(composed({ log })).toBe(response);
      expect(log.slice(0, phases.length + 1)).toEqual(expected);
      expect(log.slice(phases.length + 1)).toEqual([...phases].reverse().map((phase) => `< ${phase}`));
    }
  });

  it("keeps the order of the array within a phase", () => {
    const log: string[] = [];
    const wraps = [wrap("user", "a"), wrap("auth"), wrap("user", "b"), wrap("user", "c")];
    composeWraps<Call, ServerPhase>(wraps, SERVER_PHASES, innermost)({ log });
    expect(log.filter((line) => line.startsWith(">"))).toEqual(["> auth", "> a", "> b", "> c"]);
  });

  it("nests layers that wait and layers that do not", async () => {
    const log: string[] = [];
    const wraps = [wrap("trace", "a", true), wrap("auth", "b"), wrap("limit", "c", true), wrap("user", "d")];
    await composeWraps<Call, ServerPhase>(wraps, SERVER_PHASES, innermost)({ log });
    expect(log).toEqual(["> a", "> b", "> c", "> d", "handler", "< d", "< c", "< b", "< a"]);
  });

  it("lets a layer answer alone, call further in twice, or hand in another call", async () => {
    const log: string[] = [];
    const other: string[] = [];
    const twice: Wrap<Call, ServerPhase> = {
      phase: "limit",
      run: async (call, next) => {
        await next(call);
        return next({ log: other });
      },
    };
    await composeWraps<Call, ServerPhase>([twice, wrap("user")], SERVER_PHASES, innermost)({ log });
    expect(log).toEqual(["> user", "handler", "< user"]);
    expect(other).toEqual(log);
    const alone: Wrap<Call, ServerPhase> = { phase: "cache", run: () => response };
    const composed = composeWraps<Call, ServerPhase>([alone], SERVER_PHASES, () => expect.unreachable());
    expect(composed({ log: [] })).toBe(response);
  });

  it("leaves the array as it was", () => {
    const wraps = [wrap("user"), wrap("trace")];
    const before = [...wraps];
    composeWraps<Call, ServerPhase>(wraps, SERVER_PHASES, innermost);
    expect(wraps).toEqual(before);
  });

  it("calls each layer as a method of its wrap", () => {
    class Counting implements Wrap<ServerCall, ServerPhase> {
      readonly phase = "user";
      runs = 0;
      run(call: ServerCall, next: (call: ServerCall) => ResponseEnvelope | Promise<ResponseEnvelope>) {
        this.runs++;
        return next(call);
      }
    }
    const counting = new Counting();
    void composeWraps<ServerCall, ServerPhase>([counting], SERVER_PHASES, () => response)({} as ServerCall);
    expect(counting.runs).toBe(1);
  });
});

describe("composeWire", () => {
  /** Writes its name around the content type; undoing it takes the outermost name only. */
  const layer = (name: string, later: boolean): WireWrap => ({
    outgoing: (sent) => maybeLater(later, { ...sent, contentType: `${name}(${sent.contentType ?? ""})` }),
    incoming: (received) => {
      const inner = new RegExp(`^${name}\\((.*)\\)$`).exec(received.contentType ?? "")?.[1];
      if (inner === undefined) throw new Error(`${name} cannot undo ${received.contentType}`);
      return maybeLater(later, { ...received, contentType: inner });
    },
  });
  const maybeLater = <T>(later: boolean, value: T): T | Promise<T> =>
    later ? Promise.resolve(value) : value;

  it.each([
    ["at once", [false, false, false]],
    ["later", [true, true, true]],
    ["mixed", [false, true, false]],
    ["mixed the other way", [true, false, true]],
  ])("puts the first extension outermost, and the receiver undoes them in reverse: %s", async (_, later) => {
    const wire = composeWire(["a", "b", "c"].map((name, i) => layer(name, later[i] ?? false)));
    const sent = await wire.outgoing?.({ ...message, contentType: "x" });
    expect(sent?.contentType).toBe("a(b(c(x)))");
    const received = await wire.incoming?.(sent as Message);
    expect(received?.contentType).toBe("x");
  });

  it("does not wait when no layer does", () => {
    const wire = composeWire([layer("a", false), layer("b", false)]);
    expect(wire.outgoing?.({ ...message, contentType: "x" })).not.toBeInstanceOf(Promise);
  });

  it("has nothing to do in a direction in which nothing wraps", () => {
    expect(composeWire([])).toEqual({ outgoing: undefined, incoming: undefined });
    const outgoing = composeWire([{ outgoing: (sent) => sent }]);
    expect(outgoing.outgoing).toBeTypeOf("function");
    expect(outgoing.incoming).toBeUndefined();
  });

  it("throws, or rejects with, what a layer throws or rejects with", async () => {
    const failure = new Error("no key");
    const broken: WireWrap = {
      outgoing: () => {
        throw failure;
      },
    };
    expect(() => composeWire([layer("a", false), broken]).outgoing?.(message)).toThrow(failure);
    await expect(composeWire([broken, layer("b", true)]).outgoing?.(message)).rejects.toBe(failure);
  });

  it("calls each layer as a method of its wrap", async () => {
    class Signing implements WireWrap {
      readonly #key = "key";
      outgoing(sent: Message): Message {
        return { ...sent, contentType: this.#key };
      }
      incoming(received: Message): Message {
        return { ...received, contentType: this.#key };
      }
    }
    const wire = composeWire([new Signing()]);
    await expect(wire.outgoing?.(message)).toMatchObject({ contentType: "key" });
    await expect(wire.incoming?.(message)).toMatchObject({ contentType: "key" });
  });
});

describe("checkExtension", () => {
  const check = (extension: unknown, others: readonly Extension[] = []): void =>
    checkExtension("createServer", extension as Extension, "server", SERVER_PHASES, others);
  const fine: Extension = { name: "fine", apiVersion: 1 };
  const run: Wrap<ServerCall, ServerPhase>["run"] = (call, next) => next(call);

  it("takes an extension that has only a name", () => {
    expect(() => check(fine)).not.toThrow();
  });

  it.each([
    [{ warp: {} }, 'extension "fine" has an unknown server part "warp"; the parts are observe, wrap, wire'],
    [5, 'the server part of extension "fine" must be an object, got a number'],
    [{ observe: { incoming: 5 } }, 'incoming of extension "fine" must be a function, got a number'],
    [{ wire: { incoming: "x" } }, 'incoming of extension "fine" must be a function, got a text'],
    [{ start: true }, 'start of extension "fine" must be a function, got a boolean'],
  ])("refuses a part that would be ignored in silence (%#)", (server, says) => {
    expect(() => check({ ...fine, server })).toThrow(`createServer: ${says}`);
  });

  it("takes a part of a class, with methods and a state of its own", () => {
    class Part {
      count = 0;
      describe(): unknown {
        return this.count;
      }
    }
    expect(() => check({ ...fine, server: new Part() })).not.toThrow();
  });

  it.each([...SERVER_PHASES])("takes the server phase %s", (phase) => {
    expect(() => check({ ...fine, server: { wrap: { phase, run } } })).not.toThrow();
  });

  it.each([
    ["undefined", undefined, "createServer: expected an extension, got undefined"],
    ["null", null, "createServer: expected an extension, got null"],
    ["a text", "metrics", "createServer: expected an extension, got a text"],
    [
      "a function, such as a factory that was not called",
      () => fine,
      "createServer: expected an extension, got a function",
    ],
    ["no name", { apiVersion: 1 }, "createServer: an extension must have a name"],
    ["an empty name", { name: "", apiVersion: 1 }, "createServer: an extension must have a name"],
    ["a name that is no text", { name: 7, apiVersion: 1 }, "createServer: an extension must have a name"],
    [
      "no version",
      { name: "old" },
      'createServer: extension "old" is written for version undefined of the extension interface; this is 1',
    ],
    [
      "a later version",
      { name: "new", apiVersion: 2 },
      'createServer: extension "new" is written for version 2 of the extension interface; this is 1',
    ],
    [
      "an unknown part",
      { ...fine, sever: {} },
      'createServer: extension "fine" has an unknown part "sever"; the parts are name, apiVersion, needs, requires, adds, client, server',
    ],
    [
      "an unknown phase",
      { ...fine, server: { wrap: { phase: "retry", run } } },
      'createServer: extension "fine" wraps in the unknown server phase "retry"; the phases are trace, auth,',
    ],
    [
      "an unknown event",
      { ...fine, server: { observe: { handlererror: () => {} } } },
      'createServer: extension "fine" observes the unknown server event "handlererror"; the events are listening, closing, incoming, outgoing,',
    ],
    [
      "a wrap without a phase",
      { ...fine, server: { wrap: { run } } },
      'createServer: extension "fine" wraps in the unknown server phase "undefined"; the phases are trace, auth,',
    ],
  ])("refuses %s, by name", (_, extension: unknown, why) => {
    expect(() => check(extension)).toThrow(TypeError);
    expect(() => check(extension)).toThrow(why);
  });

  it("refuses a second extension of the same name", () => {
    expect(() => check({ ...fine }, [fine])).toThrow('createServer: extension "fine" was added twice');
  });

  it("does not care for the phase of the other side", () => {
    const both = { ...fine, server: {}, client: { wrap: { phase: "retry", run } } } as const;
    expect(() => check(both)).not.toThrow();
  });

  it("refuses one that has a part for the other side only, and says where to add it", () => {
    expect(() => check({ ...fine, client: {} })).toThrow(
      new TypeError('createServer: extension "fine" has nothing to do on a server; add it to the client'),
    );
  });
});

describe("checkNeeds", () => {
  const features = {
    confirmedSends: true,
    unroutableSends: true,
    unroutableReplies: true,
    expiry: true,
    typedHeaders: false,
    nestedHeaders: false,
    topics: true,
  };
  const transport = { name: "plain", features };

  it("lets pass what the transport can do", () => {
    const needs: Extension = { name: "cancel", apiVersion: 1, needs: ["topics", "expiry"] };
    expect(() => checkNeeds("createServer", [needs], transport)).not.toThrow();
  });

  it("refuses what the transport cannot do, with both names and the feature", () => {
    const needs: Extension = { name: "signature", apiVersion: 1, needs: ["topics", "typedHeaders"] };
    expect(() => checkNeeds("createServer", [needs], transport)).toThrow(
      new TypeError(
        'createServer: extension "signature" needs "typedHeaders", which transport "plain" does not have',
      ),
    );
  });

  it("refuses a feature that does not exist", () => {
    const needs = { name: "odd", apiVersion: 1, needs: ["teleport"] } as unknown as Extension;
    expect(() => checkNeeds("createClient", [needs], transport)).toThrow('"odd" needs "teleport"');
  });
});
