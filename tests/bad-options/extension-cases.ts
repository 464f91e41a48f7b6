import { circuitBreaker } from "@porthos-rpc/extension-circuit-breaker";
import { limit } from "@porthos-rpc/extension-limit";
import { openTelemetry } from "@porthos-rpc/extension-opentelemetry";
import { prometheus } from "@porthos-rpc/extension-prometheus";
import { retry } from "@porthos-rpc/extension-retry";
import { messagePack } from "@porthos-rpc/extension-serialization";
import { type Case, wrongly } from "./case.js";

export const extensionCases: Case[] = [
  [
    "an unknown option of retry",
    () => retry(wrongly({ retries: 3 })),
    /retry: unknown option "retries"; the options are maxAttempts, backoffMs/,
  ],
  [
    "no attempt",
    () => retry({ maxAttempts: 0 }),
    /retry: option "maxAttempts" must be a whole number from 1 to 20, got 0/,
  ],
  ["a backoff of 0", () => retry({ backoffMs: 0 }), /retry: option "backoffMs" .*more than 0.*got 0/],
  [
    "a longest backoff in words",
    () => retry({ maxBackoffMs: wrongly("2s") }),
    /retry: option "maxBackoffMs" must be a time in milliseconds.*got a text/,
  ],
  [
    "an endless attempt",
    () => retry({ attemptTimeoutMs: Number.POSITIVE_INFINITY }),
    /retry: option "attemptTimeoutMs" .*got Infinity/,
  ],
  [
    "a budget in percent",
    () => retry({ budgetRatio: 10 }),
    /retry: option "budgetRatio" must be a number from 0 to 1, got 10/,
  ],
  [
    "half a retry in reserve",
    () => retry({ budgetReserve: 0.5 }),
    /retry: option "budgetReserve" must be a whole number from 0 to 10000, got 0\.5/,
  ],
  [
    "chance that is a number",
    () => retry({ random: wrongly(4) }),
    /retry: option "random" must be a function, got 4/,
  ],
  [
    "an unknown option of the circuit breaker",
    () => circuitBreaker(wrongly({ threshold: 3 })),
    /circuitBreaker: unknown option "threshold"; the options are failureRatio, window/,
  ],
  [
    "a ratio of all calls",
    () => circuitBreaker({ failureRatio: 1 }),
    /circuitBreaker: option "failureRatio" must be a number more than 0 and less than 1, got 1/,
  ],
  [
    "a window of nothing",
    () => circuitBreaker({ window: 0 }),
    /circuitBreaker: option "window" must be a whole number from 1 to 10000, got 0/,
  ],
  [
    "more calls than the window has",
    () => circuitBreaker({ window: 5, minCalls: 6 }),
    /circuitBreaker: option "minCalls" must be a whole number from 1 to 5, got 6/,
  ],
  [
    "a circuit that is never tested",
    () => circuitBreaker({ openMs: Number.POSITIVE_INFINITY }),
    /circuitBreaker: option "openMs" .*got Infinity/,
  ],
  [
    "a circuit of each caller",
    () => circuitBreaker({ per: wrongly("caller") }),
    /circuitBreaker: option "per" must be one of service, method, got a text/,
  ],
  [
    "an unknown option of openTelemetry",
    () => openTelemetry(wrongly({ serviceName: "calculator" })),
    /openTelemetry: unknown option "serviceName"; the options are traces, metrics, messages/,
  ],
  [
    "a tracer for its provider",
    () => openTelemetry({ tracerProvider: wrongly({ startSpan: () => {} }) }),
    /openTelemetry: option "tracerProvider" must be an OpenTelemetry TracerProvider, got an object/,
  ],
  [
    "an unknown option of prometheus",
    () => prometheus(wrongly({ port: 9_464 })),
    /prometheus: unknown option "port"; the options are registry, prefix, buckets/,
  ],
  [
    "buckets that fall",
    () => prometheus({ buckets: [1, 0.5] }),
    /prometheus: option "buckets" must be 1 to 100 numbers of seconds, each more than the one before/,
  ],
  [
    "a prefix that no metric can have",
    () => prometheus({ prefix: "my-app." }),
    /prometheus: option "prefix" must be letters, digits and _, with no digit first/,
  ],
  [
    "a content type that is none of MessagePack's",
    () => messagePack({ contentType: wrongly("application/json") }),
    /messagePack: option "contentType" must be one of application\/msgpack, .*got a text/,
  ],
  [
    "an unknown option of the limit",
    () => limit(wrongly({ requestsPerSecond: 3 })),
    /limit: unknown option "requestsPerSecond"; the options are concurrent, rate/,
  ],
  [
    "a limit of nothing",
    () => limit({}),
    /limit: expected one of the options concurrent, rate, methods, perCaller/,
  ],
  [
    "half a call at a time",
    () => limit({ concurrent: 0.5 }),
    /limit: option "concurrent" must be a whole number from 1 to 1000000, got 0\.5/,
  ],
  ["a rate of 0", () => limit({ rate: 0 }), /limit: option "rate" must be a number more than 0.*got 0/],
  [
    "a burst of no rate",
    () => limit({ concurrent: 1, burst: 5 }),
    /limit: option "rate" must be given with burst, got undefined/,
  ],
  [
    "a method without bounds",
    () => limit({ methods: { report: {} } }),
    /limit methods\.report: expected one of the options concurrent, rate/,
  ],
  [
    "a method with two stars",
    () => limit({ methods: { "*port*": { rate: 1 } } }),
    /limit: the methods of extension "limit" must be a list of names, .*got "\*port\*"/,
  ],
  [
    "a caller's bounds that are none",
    () => limit({ perCaller: wrongly(5) }),
    /limit perCaller: expected an object of options, got 5/,
  ],
  [
    "a way to know callers for nothing",
    () => limit({ rate: 1, by: () => "x" }),
    /limit: option "perCaller" must be given with by, got undefined/,
  ],
  [
    "callers that nobody is to know",
    () => limit({ perCaller: { rate: 1 }, maxCallers: 0 }),
    /limit: option "maxCallers" must be a whole number from 1 to 1000000, got 0/,
  ],
  [
    "an adaptive limit of nothing",
    () => limit({ rate: 1, adaptive: {} }),
    /limit: option "concurrent" must be given with adaptive, got undefined/,
  ],
  [
    "more at least than at most",
    () => limit({ concurrent: 5, adaptive: { minConcurrent: 6 } }),
    /limit adaptive: option "minConcurrent" must be a whole number from 1 to 5, got 6/,
  ],
];
