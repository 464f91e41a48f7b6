import { Refusal, type ServerCall } from "@porthos-rpc/protocol";
import { ManualClock, responseEnvelope, serverCall } from "@porthos-rpc/protocol/testing";
import { expect, it } from "vitest";
import { type Later, later } from "../test/later.js";
import { Gate } from "./gate.js";
import type { CheckedAuthOptions } from "./options.js";
import { CheckedPolicy } from "./policy.js";
import { VerifiedTokens } from "./verified-tokens.js";
import { type Claims, invalidToken, type Verifier } from "./verifier.js";

it("takes a verification that was under way when the keys changed for no call that comes later", async () => {
  const clock = new ManualClock();
  const verified = new VerifiedTokens(10);
  const settings = { required: true, policy: new CheckedPolicy("auth", {}), clockToleranceMs: 0 };
  const verifying: Later<Claims>[] = [];
  const verifier: Pick<Verifier, "verify"> = {
    verify() {
      const one = later<Claims>();
      verifying.push(one);
      return one.promise;
    },
  };
  const gate = new Gate(settings as unknown as CheckedAuthOptions, verifier as Verifier, verified, clock);
  const request = { ...serverCall().request, headers: new Map([["authorization", "Bearer a.b.c"]]) };
  const call = async (): Promise<unknown> =>
    gate.run(serverCall({ request }) as ServerCall, () => responseEnvelope());
  const before = call();
  verified.clear();
  const after = call();
  verifying[0]?.resolve({ sub: "alice", exp: 1e12 });
  await before;
  expect(verified.size).toBe(0);
  verifying[1]?.reject(invalidToken());
  await expect(after).rejects.toBeInstanceOf(Refusal);
});
