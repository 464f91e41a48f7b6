import type { AddedBy, Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { auth, bearer, type Caller, caller } from "./index.js";

const trust = { secret: "s", issuer: "i", audience: "a" } as const;
const required = () => auth(trust);
const optional = () => auth({ ...trust, required: false });

describe("auth", () => {
  it("adds the caller to the context, or nobody where no token is required", () => {
    expectTypeOf<AddedBy<[ReturnType<typeof required>]>["caller"]>().toEqualTypeOf<Caller>();
    expectTypeOf<AddedBy<[ReturnType<typeof optional>]>["caller"]>().toEqualTypeOf<Caller | undefined>();
    expectTypeOf(caller.of({})).toEqualTypeOf<Caller | undefined>();
  });

  it("takes exactly one thing to verify with, and wants to know of whom and for whom", () => {
    auth({ jwksUrl: "https://issuer.example/jwks", issuer: ["a", "b"], audience: false });
    // @ts-expect-error - two of them
    auth({ ...trust, jwksUrl: "https://issuer.example/jwks" });
    // @ts-expect-error - none
    auth({ issuer: "i", audience: "a" });
    // @ts-expect-error - whose tokens?
    auth({ secret: "s", audience: "a" });
  });

  it("takes scopes or a function for a rule", () => {
    auth({
      ...trust,
      policy: { "admin.*": ["admin"], add: ({ scopes }, { method }) => scopes.includes(method) },
    });
    // @ts-expect-error - a rule is no text
    auth({ ...trust, policy: { add: "admin" } });
  });
});

describe("bearer", () => {
  it("is an extension that takes tokens now or later", () => {
    expectTypeOf(bearer({ token: () => "t" })).toEqualTypeOf<Extension>();
    bearer({ token: async () => "t", marginMs: 5 });
    // @ts-expect-error - a token ends; a function gives another
    bearer({ token: "t" });
  });
});
