import type { Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { type HealthStatus, health } from "./index.js";

describe("health", () => {
  it("is an extension that can be asked", async () => {
    expectTypeOf(health()).toExtend<Extension>();
    const extension = health({ port: 8_080, checks: { db: async ({ signal }) => signal.aborted } });
    expectTypeOf(await extension.status()).toEqualTypeOf<HealthStatus>();
    expectTypeOf(extension.liveness().live).toEqualTypeOf<boolean>();
    // @ts-expect-error - a check is a function
    health({ checks: { db: true } });
  });
});
