/**
 * What an extension may weigh: bytes of its built `dist/index.js`, compressed by gzip, without what it imports. About a fifth above what it
 * weighs now, so that growth is a decision.
 */
export const SIZE_BUDGETS: Readonly<Record<string, number>> = {
  "access-log": 3_500,
  auth: 8_900,
  cache: 5_500,
  "circuit-breaker": 3_600,
  compression: 3_900,
  discovery: 8_700,
  health: 5_000,
  idempotency: 6_700,
  limit: 4_500,
  metrics: 2_900,
  opentelemetry: 6_000,
  prometheus: 4_000,
  retry: 4_000,
  serialization: 4_500,
  specs: 1_900,
};
