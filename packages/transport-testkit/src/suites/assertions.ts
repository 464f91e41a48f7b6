import assert from "node:assert/strict";
import { RpcError, type RpcErrorCode, type SendOutcome, type TransportFeatures } from "@porthos-rpc/protocol";

/** Every feature there is; the compiler sees to it that none is forgotten. */
const FEATURES: Record<keyof TransportFeatures, true> = {
  confirmedSends: true,
  unroutableSends: true,
  unroutableReplies: true,
  expiry: true,
  typedHeaders: true,
  nestedHeaders: true,
  topics: true,
};

/** Each feature is there, as a boolean. */
export function assertFeatures(features: TransportFeatures): void {
  for (const name of Object.keys(FEATURES) as (keyof TransportFeatures)[]) {
    assert.equal(typeof features[name], "boolean", `the feature ${name} must be true or false`);
  }
}

export function assertRpcError(error: unknown, code?: RpcErrorCode): void {
  assert.ok(error instanceof RpcError, `expected an RpcError, got ${String(error)}`);
  if (code !== undefined) assert.equal(error.code, code, error.message);
}

/** Refused, with an error that says that it was not delivered. */
export function assertRefused(outcome: SendOutcome, code?: RpcErrorCode): void {
  assert.equal(outcome.kind, "refused");
  if (outcome.kind !== "refused") return;
  assertRpcError(outcome.error, code);
  assert.equal(outcome.error.executed, "no", "what was refused was not delivered, so it was not executed");
}
