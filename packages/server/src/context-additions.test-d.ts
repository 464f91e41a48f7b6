import { contract, method } from "@porthos-rpc/contract";
import { type ContextKey, contextKey, type Extension, type Transport } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { type CallContext, createServer, type Server } from "./index.js";

declare const transport: Transport;

interface Caller {
  readonly subject: string;
}

declare function auth(): Extension<{ readonly caller: Caller }>;
declare function tenant(): Extension<{ readonly tenant: number | undefined }>;
declare function log(): Extension;

const api = contract("S", { m: method() });

describe("what extensions add to the context", () => {
  it("is inferred from the extensions that the server was made with", () => {
    const server = createServer({ transport, contract: api, extensions: [log(), auth(), tenant()] });
    server.implement({
      m: (_, context) => {
        expectTypeOf(context).toExtend<CallContext>();
        expectTypeOf(context.caller).toEqualTypeOf<Caller>();
        expectTypeOf(context.tenant).toEqualTypeOf<number | undefined>();
        // @ts-expect-error - nobody adds it
        context.session;
      },
    });
  });

  it("may be missing where an extension is for some methods only", () => {
    const server = createServer({ transport, contract: api, extensions: [{ methods: ["m"], use: auth() }] });
    server.implement({
      m: (_, context) => expectTypeOf(context.caller).toEqualTypeOf<Caller | undefined>() as never,
    });
  });

  it("is nothing without extensions, or of a list whose members nobody knows", () => {
    expectTypeOf(createServer({ transport, contract: api })).toEqualTypeOf<Server<typeof api>>();
    const extensions: readonly Extension[] = [log()];
    expectTypeOf(createServer({ transport, contract: api, extensions })).toEqualTypeOf<Server<typeof api>>();
    expectTypeOf(createServer({ transport, service: "S", extensions: [auth()] })).toEqualTypeOf<Server>();
  });

  it("is found by a key of its type", () => {
    const caller = contextKey<Caller>("caller");
    expectTypeOf(caller).toEqualTypeOf<ContextKey<Caller>>();
    expectTypeOf(caller.of({})).toEqualTypeOf<Caller | undefined>();
    // @ts-expect-error - no caller
    caller.set({}, "ada");
    const wrong: Extension<{ readonly caller: string }> = {
      name: "a",
      apiVersion: 1,
      // @ts-expect-error - a key of another type
      adds: { caller },
    };
    expectTypeOf(wrong).toExtend<Extension<object>>();
  });
});
