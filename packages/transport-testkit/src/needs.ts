import type { TransportFeatures } from "@porthos-rpc/protocol";
import type { TransportFixture } from "./fixture.js";
import type { Needs } from "./transport-case.js";

/** Why a case does not apply; undefined if it does. */
export function whyNot(
  needs: Needs = {},
  features: TransportFeatures,
  fixture: TransportFixture,
): string | undefined {
  const { broker = {}, limits = {} } = fixture;
  const missing = needs.features?.find((feature) => !features[feature]);
  if (missing !== undefined) return `the transport does not declare the feature "${missing}"`;
  const present = needs.lacks?.find((feature) => features[feature]);
  if (present !== undefined) return `it is for transports without the feature "${present}"`;
  const verb = needs.broker?.find((name) => broker[name] === undefined);
  if (verb !== undefined) return `the fixture has no broker.${verb}`;
  const limit = needs.limits?.find((name) => limits[name] === undefined);
  if (limit !== undefined) return `the fixture has no limits.${limit}`;
  return undefined;
}
