import { describe, expectTypeOf, it } from "vitest";
import { Events } from "./events.js";
import type {
  ClientCall,
  ClientEvents,
  ClientPhase,
  Extension,
  ExtensionPart,
  MaybePromise,
  ServerCall,
  ServerPhase,
  Wrap,
} from "./extension.js";
import { ExtensionSet } from "./extension-set.js";
import type { ResponseEnvelope } from "./wire.js";

describe("Extension", () => {
  it("needs a name and the version, and nothing else", () => {
    ({ name: "a", apiVersion: 1 }) satisfies Extension;
    // @ts-expect-error - the name is missing
    ({ apiVersion: 1 }) satisfies Extension;
    // @ts-expect-error - the version is missing
    ({ name: "a" }) satisfies Extension;
    // @ts-expect-error - there is no version 2
    ({ name: "a", apiVersion: 2 }) satisfies Extension;
  });

  it("has no parts but those that there are", () => {
    // @ts-expect-error - a slip of the pen
    ({ name: "a", apiVersion: 1, sever: {} }) satisfies Extension;
  });

  it("says with undefined nothing: an optional part is there or it is not", () => {
    // @ts-expect-error - exactOptionalPropertyTypes
    ({ name: "a", apiVersion: 1, client: undefined }) satisfies Extension;
  });

  it("needs features that exist", () => {
    ({ name: "a", apiVersion: 1, needs: ["topics", "typedHeaders"] }) satisfies Extension;
    // @ts-expect-error - no such feature
    ({ name: "a", apiVersion: 1, needs: ["teleport"] }) satisfies Extension;
  });

  it("tells observers of a client what happened, by the event's name", () => {
    const extension: Extension = {
      name: "a",
      apiVersion: 1,
      client: {
        observe: {
          sent: (event) => expectTypeOf(event).toEqualTypeOf<{ readonly call: ClientCall }>(),
          settled: ({ response, error, elapsedMs }) => {
            expectTypeOf(response).toEqualTypeOf<ResponseEnvelope | undefined>();
            expectTypeOf(error?.executed).toEqualTypeOf<"no" | "maybe" | "yes" | undefined>();
            expectTypeOf(elapsedMs).toBeNumber();
          },
          stray: ({ kind }) => expectTypeOf(kind).toEqualTypeOf<"late" | "duplicate" | "unmatched">(),
          extensionError: ({ extension: name, error }) => {
            expectTypeOf(name).toBeString();
            expectTypeOf(error).toBeUnknown();
          },
        },
      },
    };
    expectTypeOf(extension).toEqualTypeOf<Extension>();
    // @ts-expect-error - a server's event
    ({ name: "a", apiVersion: 1, client: { observe: { incoming: () => {} } } }) satisfies Extension;
    const sent = (event: string): string => event;
    // @ts-expect-error - an event's payload is what it is
    ({ name: "a", apiVersion: 1, client: { observe: { sent } } }) satisfies Extension;
  });

  it("tells observers of a server what happened, by the event's name", () => {
    ({
      name: "a",
      apiVersion: 1,
      server: {
        observe: {
          incoming: ({ call }) => expectTypeOf(call).toEqualTypeOf<ServerCall>(),
          outgoing: ({ call, response, elapsedMs }) => {
            expectTypeOf(call.deadlineMs).toEqualTypeOf<number | undefined>();
            expectTypeOf(response.statusCode).toBeNumber();
            expectTypeOf(elapsedMs).toBeNumber();
          },
          handlerError: ({ error }) => expectTypeOf(error).toBeUnknown(),
          replyLost: ({ call, outcome }) => {
            expectTypeOf(call).toEqualTypeOf<ServerCall | undefined>();
            if (outcome.kind === "refused") expectTypeOf(outcome.error.code).not.toBeAny();
            // @ts-expect-error - an unroutable outcome has no error
            if (outcome.kind === "unroutable") outcome.error;
          },
        },
      },
    }) satisfies Extension;
    // @ts-expect-error - a client's event
    ({ name: "a", apiVersion: 1, server: { observe: { settled: () => {} } } }) satisfies Extension;
  });

  it("cannot wait while it observes: a promise would not be waited for", () => {
    expectTypeOf<ClientEvents["sent"]>().toHaveProperty("call");
    expectTypeOf<
      NonNullable<ExtensionPart<ClientCall, ClientEvents, "user">["observe"]>["sent"]
    >().toEqualTypeOf<((event: ClientEvents["sent"]) => void) | undefined>();
  });

  it("wraps in a phase of its own side", () => {
    const run = <Call>(call: Call, next: (call: Call) => MaybePromise<ResponseEnvelope>) => next(call);
    ({ name: "a", apiVersion: 1, client: { wrap: { phase: "retry", run } } }) satisfies Extension;
    ({ name: "a", apiVersion: 1, server: { wrap: { phase: "idempotency", run } } }) satisfies Extension;
    // @ts-expect-error - a server has no retry
    ({ name: "a", apiVersion: 1, server: { wrap: { phase: "retry", run } } }) satisfies Extension;
    // @ts-expect-error - a client has no idempotency
    ({ name: "a", apiVersion: 1, client: { wrap: { phase: "idempotency", run } } }) satisfies Extension;
    // @ts-expect-error - a wrap without a phase has no place
    ({ name: "a", apiVersion: 1, client: { wrap: { run } } }) satisfies Extension;
    expectTypeOf<ServerPhase>().not.toEqualTypeOf<string>();
  });

  it("answers in a wrap with what the layer further in gives, or an answer of its own", () => {
    ({
      name: "a",
      apiVersion: 1,
      client: {
        wrap: {
          phase: "cache",
          run: async (call, next) => {
            expectTypeOf(call).toEqualTypeOf<ClientCall>();
            expectTypeOf(next).returns.toEqualTypeOf<MaybePromise<ResponseEnvelope>>();
            return next({ ...call, timeoutMs: 1 });
          },
        },
      },
    }) satisfies Extension;
    // @ts-expect-error - no answer is none
    ({ name: "a", apiVersion: 1, client: { wrap: { phase: "cache", run: () => {} } } }) satisfies Extension;
    const run: Wrap<ClientCall, ClientPhase>["run"] = (_, next) =>
      // @ts-expect-error - next takes a call
      next();
    expectTypeOf(run).toBeFunction();
  });

  it("cannot change a call in place", () => {
    ({
      name: "a",
      apiVersion: 1,
      server: {
        wrap: {
          phase: "user",
          run: (call, next) => {
            // @ts-expect-error - readonly
            call.method = "other";
            return next(call);
          },
        },
      },
    }) satisfies Extension;
  });
});

describe("ExtensionSet", () => {
  it("composes calls of its side", () => {
    const set = new ExtensionSet("createClient", "client", new Events<ClientEvents>());
    expectTypeOf(set.compose).parameter(0).parameter(0).toEqualTypeOf<ClientCall>();
    // @ts-expect-error - a server's set has a server's events
    new ExtensionSet("createServer", "server", new Events<ClientEvents>());
  });
});
