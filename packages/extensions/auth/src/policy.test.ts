import { extensionHost, ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { Guarded } from "../test/guarded.js";
import { AUDIENCE, ISSUER, Issuer } from "../test/issuer.js";
import { auth, type Policy } from "./index.js";

const SECRET = "a secret of more than thirty-two bytes";
const TRUST = { secret: SECRET, issuer: ISSUER, audience: AUDIENCE };

async function under(policy: Policy, scope = "admin read") {
  const clock = new ManualClock();
  const gate = await Guarded.by(clock, { ...TRUST, policy });
  const token = await new Issuer(clock).tokenOf(SECRET, { claims: { scope } });
  return (method: string) => gate.bearing(token, method);
}

describe("a policy", () => {
  it("wants all the scopes of all the rules that fit the method, and names those of one", async () => {
    const call = await under({ "*": ["read"], "admin.*": ["admin"], "admin.stop": ["admin", "stop"] });
    expect(await call("add")).toMatchObject({ status: 200 });
    expect(await call("admin.reset")).toMatchObject({ status: 200 });
    expect(await call("admin.stop")).toMatchObject({
      status: 403,
      words: 'this caller may not call "admin.stop": it needs the scopes "admin", "stop"',
    });
    const other = await under({ "*.stop": ["stop"] });
    expect(await other("admin.stop")).toMatchObject({ status: 403 });
    expect(await other("admin.reset")).toMatchObject({ status: 200 });
  });

  it("may be a function of caller and call, and takes nothing but true for yes", async () => {
    const call = await under({
      add: ({ subject }, { method }) => subject === "alice" && method === "add",
      "admin.reset": async () => true,
      "admin.stop": (() => "yes") as never,
    });
    expect(await call("add")).toMatchObject({ status: 200 });
    expect(await call("admin.reset")).toMatchObject({ status: 200 });
    expect(await call("admin.stop")).toMatchObject({
      status: 403,
      words: 'this caller may not call "admin.stop"',
    });
    const later = await under({ add: async () => false, "*": async () => 1 as never });
    expect(await later("add")).toMatchObject({ status: 403 });
    expect(await later("admin.stop")).toMatchObject({ status: 403 });
  });

  it("asks the rules after one that takes its time, too", async () => {
    const call = await under({ "*": async () => true, "admin.*": ["nobody"] });
    expect(await call("add")).toMatchObject({ status: 200 });
    expect(await call("admin.stop")).toMatchObject({ status: 403 });
  });

  it("lets nobody in when a rule throws, and leaves it to the server to say nothing of why", async () => {
    const call = await under({
      add: () => {
        throw new Error("the directory is away");
      },
    });
    await expect(call("add")).rejects.toThrow("the directory is away");
  });

  it("refuses the start when it names a method that there is not", () => {
    const { server } = auth({ ...TRUST, policy: { "admn.*": ["admin"] } });
    const host = extensionHost({ methods: new Map([["admin.reset", undefined]]) });
    expect(() => server?.start?.(host)).toThrow(
      'auth: option "policy" is for the methods "admn.*", and there is no such method; there are admin.reset',
    );
  });
});
