import { describe, expect, it } from "vitest";
import { Events } from "./events.js";
import type { ExtensionEntry, MaybePromise, ServerCall, ServerEvents } from "./extension.js";
import { ExtensionSet } from "./extension-set.js";
import { extensionHost, responseEnvelope, serverCall } from "./extension-testing.js";
import type { ResponseEnvelope } from "./wire.js";

function setOf(...entries: readonly ExtensionEntry[]) {
  const events = new Events<ServerEvents>();
  const set = new ExtensionSet("createServer", "server", events);
  for (const entry of entries) set.add(entry);
  return { set, events };
}

/** One that writes down which calls it is around. */
function around(log: string[], name: string, phase: "auth" | "user" = "user") {
  const run = (call: ServerCall, next: (call: ServerCall) => MaybePromise<ResponseEnvelope>) => {
    log.push(`${name} ${call.method}`);
    return next(call);
  };
  return { name, apiVersion: 1, server: { wrap: { phase, run } } } as const;
}

describe("an extension for some methods only", () => {
  it("acts around their calls, and no others, in the order of the phases all the same", () => {
    const log: string[] = [];
    const { set } = setOf(around(log, "all"), { methods: ["admin.*"], use: around(log, "auth", "auth") });
    const innermost = () => responseEnvelope();
    const invoke = set.compose(innermost);
    for (const method of ["add", "admin.stop", "add", "admin.stop"]) invoke(serverCall({ method }));
    expect(log).toEqual([
      "all add",
      "auth admin.stop",
      "all admin.stop",
      "all add",
      "auth admin.stop",
      "all admin.stop",
    ]);
  });

  it("leaves what is around other methods as it was", () => {
    const innermost = () => responseEnvelope();
    const { set } = setOf({ methods: ["add"], use: around([], "a") });
    const invoke = set.compose(innermost);
    expect(set.isWrapping).toBe(true);
    expect(invoke(serverCall({ method: "other" })).constructor).toBe(Object);
  });

  it("acts around any number of methods, of which a bounded number is kept", () => {
    const log: string[] = [];
    const { set } = setOf({ methods: ["a*"], use: around(log, "x") });
    const invoke = set.compose(() => responseEnvelope());
    for (let n = 0; n < 2_500; n++) invoke(serverCall({ method: `a${n}` }));
    expect(log).toHaveLength(2_500);
  });

  it("observes the calls of these methods only, and no event without a method", async () => {
    const heard: string[] = [];
    const observe = {
      incoming: ({ call }: ServerEvents["incoming"]) => heard.push(call.method),
      refused: ({ method }: ServerEvents["refused"]) => heard.push(`refused ${method}`),
      duplicate: () => heard.push("duplicate"),
    };
    const { set, events } = setOf({
      methods: ["add"],
      use: { name: "a", apiVersion: 1, server: { observe } },
    });
    await set.start([], extensionHost());
    for (const method of ["add", "sub"]) {
      events.emit("incoming", { call: serverCall({ method }) });
      events.emit("refused", { service: "S", method, response: responseEnvelope(), reason: "x" });
    }
    events.emit("duplicate", { service: "S", correlationId: "1" });
    expect(heard).toEqual(["add", "refused add"]);
  });

  it("is refused by name when it changes messages", () => {
    const { set } = setOf();
    const zip = { name: "zip", apiVersion: 1, server: { wire: {} } } as const;
    expect(() => set.add({ methods: ["add"], use: zip })).toThrow(
      'createServer: extension "zip" changes messages',
    );
    expect(set.size).toBe(0);
  });

  it("is refused by name when there is no such method, once the methods are known", () => {
    const { set } = setOf({ methods: ["add", "admin.*"], use: around([], "auth") });
    expect(() => set.check(undefined)).not.toThrow();
    expect(() => set.check(["add", "admin.stop"])).not.toThrow();
    expect(() => set.check(["add", "sub"])).toThrow(
      new TypeError(
        'createServer: extension "auth" is for the methods "admin.*", and there is no such method; there are add, sub',
      ),
    );
  });

  it.each([undefined, "add", [], ["a*b"]])("is refused with the methods %j", (methods) => {
    const { set } = setOf();
    expect(() => set.add({ methods: methods as never, use: around([], "auth") })).toThrow(
      'createServer: the methods of extension "auth" must be a list of names',
    );
  });

  it("counts as any other: no second one of its name, no part for the other side only", () => {
    const { set } = setOf(around([], "a"));
    expect(() => set.add({ methods: ["add"], use: around([], "a") })).toThrow('"a" was added twice');
    expect(() => set.add({ methods: ["add"], use: undefined as never })).toThrow("expected an extension");
    const clientOnly = { name: "retry", apiVersion: 1, client: {} } as const;
    expect(() => set.add({ methods: ["add"], use: clientOnly })).toThrow("nothing to do on a server");
  });
});

describe("an extension that requires another", () => {
  const needy = { name: "limit", apiVersion: 1, requires: ["auth"], server: {} } as const;

  it("is refused without it, with both names, and takes it in any order", () => {
    expect(() => setOf(needy).set.check(undefined)).toThrow(
      new TypeError('createServer: extension "limit" requires extension "auth", which was not added'),
    );
    expect(() => setOf(needy, around([], "auth")).set.check(undefined)).not.toThrow();
  });
});
