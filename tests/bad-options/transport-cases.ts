import { connect } from "@porthos-rpc/connect";
import { accessLog } from "@porthos-rpc/extension-access-log";
import { cache } from "@porthos-rpc/extension-cache";
import { discover, discovery } from "@porthos-rpc/extension-discovery";
import { health } from "@porthos-rpc/extension-health";
import { idempotency, memoryStore } from "@porthos-rpc/extension-idempotency";
import { redisStore } from "@porthos-rpc/extension-idempotency/redis";
import { metrics } from "@porthos-rpc/extension-metrics";
import { specs } from "@porthos-rpc/extension-specs";
import { amqp10 } from "@porthos-rpc/transport-amqp10";
import { amqp091 } from "@porthos-rpc/transport-amqp091";
import { memory, memoryBroker } from "@porthos-rpc/transport-memory";
import { type Case, wrongly } from "./case.js";

export const transportCases: Case[] = [
  ["no URL", () => connect(wrongly(undefined)), /connect: expected a URL such as .*got undefined/],
  ["a URL without a scheme", () => connect("localhost/5672"), /connect: expected a URL .*without a scheme/],
  [
    "an unknown scheme",
    () => connect("kafka://localhost"),
    /connect: unknown URL scheme "kafka:"; known are memory:, amqp:, amqps:/,
  ],
  [
    "an unknown option",
    () => connect("memory:", { lag: 5 }),
    /memory: unknown option "lag"; the options are .*url/,
  ],
  ["a memory URL that is none", () => connect("memory://a/b"), /memory: option "url" must be "memory:"/],
  [
    "an unknown option of memory",
    () => memory(wrongly({ latency: 5 })),
    /memory: unknown option "latency"; the options are .*latencyMs/,
  ],
  [
    "a negative latency",
    () => memoryBroker({ latencyMs: -1 }),
    /memoryBroker: option "latencyMs" must be a whole number from 0 .*got -1/,
  ],
  ["no URL of amqp091", () => amqp091(wrongly({})), /amqp091\(\): option "url" must be a URL such as amqps/],
  [
    "an empty list of URLs",
    () => amqp091({ url: [] }),
    /amqp091\(\): option "url" must be one URL or a list of at least one/,
  ],
  [
    "a wrong URL among several",
    () => amqp091({ url: ["amqp://localhost", "http://localhost"] }),
    /option "url\[1\]" must be a URL such as amqps/,
  ],
  [
    "a heartbeat of 0",
    () => amqp091({ url: "amqp://localhost", heartbeatSeconds: 0 }),
    /"heartbeatSeconds" must be a whole number from 1 .*got 0/,
  ],
  [
    "an inbox that expires at once",
    () => amqp091({ url: "amqp://localhost", inboxExpiryMs: 10 }),
    /amqp091\(\): option "inboxExpiryMs" must be a whole number from 1000 to 3600000, got 10/,
  ],
  [
    "a certificate without its key",
    () => amqp091({ url: "amqps://localhost", tls: { cert: "c" } }),
    /amqp091\(\) tls: option "key" must be given with cert, got undefined/,
  ],
  [
    "a key without its certificate",
    () => amqp10({ url: "amqp10s://localhost", tls: { key: "k" } }),
    /amqp10\(\) tls: option "cert" must be given with key, got undefined/,
  ],
  [
    "certificates for a line that is open, by 0-9-1",
    () => amqp091({ url: "amqp://localhost", tls: { ca: "c" } }),
    /amqp091\(\): tls is given, but no URL is encrypted; use amqps:$/,
  ],
  [
    "certificates for a line that is open, by 1.0",
    () => amqp10({ url: ["amqp10://localhost"], tls: { insecure: true } }),
    /amqp10\(\): tls is given, but no URL is encrypted; use amqp10s:$/,
  ],
  [
    "an unknown option of amqp091",
    () => amqp091(wrongly({ url: "amqp://localhost", heartbeat: 5 })),
    /amqp091\(\): unknown option "heartbeat"; the options are .*heartbeatSeconds/,
  ],
  [
    "parameters in the URL",
    () => connect("amqp://localhost?heartbeat=5"),
    /option "url" must be a URL without parameters .*heartbeatSeconds/,
  ],
  [
    "a host elsewhere without credentials",
    () => connect("amqp://broker.example"),
    /no credentials for broker\.example:5672/,
  ],
  [
    "an unknown option of the access log",
    () => accessLog(wrongly({ log: 1 })),
    /accessLog: unknown option "log"; the options are logger, args/,
  ],
  [
    "a logger that is none",
    () => accessLog({ logger: wrongly({}) }),
    /accessLog: option "logger" must be a function, or an object with info/,
  ],
  [
    "a logger that cannot warn of slow calls",
    () => accessLog({ logger: { info: () => {} }, slowMs: 5 }),
    /accessLog: option "logger" must be an object with warn\(fields, message\) too/,
  ],
  [
    "something to redact that is not logged",
    () => accessLog({ redact: ["password"] }),
    /accessLog: option "redact" must be a list of paths such as "args\.password"/,
  ],
  [
    "a bound for answers' bodies that is none",
    () => accessLog({ bodyBytes: Number.POSITIVE_INFINITY }),
    /accessLog: option "bodyBytes" must be a whole number from 0 to 65536, got Infinity/,
  ],
  [
    "an unknown option of the metrics",
    () => metrics(wrongly({ size: 1 })),
    /metrics: unknown option "size"; the options are bufferSize, intervalMs, maxEntries/,
  ],
  [
    "less room for metrics than a message of them needs",
    () => metrics({ bufferSize: 200, maxEntries: 100 }),
    /metrics: option "maxEntries" must be a whole number from 200 to 1000000, got 100/,
  ],
  [
    "specs that are shipped all the time",
    () => specs({ everyMs: 1 }),
    /specs: option "everyMs" must be a whole number from 1000 to 86400000, got 1/,
  ],
  [
    "an unknown option of discovery",
    () => discovery(wrongly({ name: "a" })),
    /discovery: unknown option "name"; the options are version, metadata/,
  ],
  [
    "metadata that are no texts",
    () => discovery({ metadata: wrongly({ port: 80 }) }),
    /discovery: option "metadata\.port" must be a text that is not empty, got 80/,
  ],
  [
    "a question that there is not",
    () => discover(memory(), wrongly({ kind: "health" })),
    /discover: option "kind" must be one of ping, info, stats, spec, got a text/,
  ],
  [
    "an unknown option of the idempotency",
    () => idempotency(wrongly({ store: memoryStore(), ttlMs: 1 })),
    /idempotency: unknown option "ttlMs"; the options are store, lockMs/,
  ],
  [
    "a store that is none",
    () => idempotency({ store: wrongly(new Map()) }),
    /idempotency: option "store" must be a store, with begin, renew, complete, abandon, such as memoryStore\(\), got an object/,
  ],
  [
    "a lease that is over at once",
    () => idempotency({ store: memoryStore(), lockMs: 1 }),
    /idempotency: option "lockMs" must be a whole number from 100 to 3600000, got 1/,
  ],
  [
    "a scope that is no function",
    () => idempotency({ store: memoryStore(), scope: wrongly("tenant") }),
    /idempotency: option "scope" must be a function, got a text/,
  ],
  [
    "an unknown way for a store that is away",
    () => idempotency({ store: memoryStore(), whenStoreFails: wrongly("pray") }),
    /idempotency: option "whenStoreFails" must be one of refuse, run, got a text/,
  ],
  [
    "a store of no answers",
    () => memoryStore({ maxEntries: 0 }),
    /memoryStore: option "maxEntries" must be a whole number from 1 to 10000000, got 0/,
  ],
  [
    "a URL for a client of Redis",
    () => redisStore(wrongly("redis://localhost")),
    /redisStore: option "client" must be a client of the package redis, version 5 or later, got a text/,
  ],
  [
    "an unknown option of health",
    () => health(wrongly({ ports: 1 })),
    /health: unknown option "ports"; the options are port, host, readyPath/,
  ],
  [
    "a check that is none",
    () => health({ checks: wrongly({ db: true }) }),
    /health: option "checks\.db" must be a function, got true/,
  ],
  [
    "an unknown option of the cache",
    () => cache(wrongly({ ttl: 1 })),
    /cache: unknown option "ttl"; the options are ttlMs, maxEntries/,
  ],
  [
    "headers for the cache that are no list",
    () => cache({ vary: wrongly("tenant") }),
    /cache: option "vary" must be a list of at most 32 names of headers, got a text/,
  ],
  [
    "methods for the cache with a star in the middle",
    () => cache({ methods: ["get*Of"] }),
    /cache: the methods of extension "cache" must be a list of names, each with at most one "\*", at its beginning or end; got "get\*Of"/,
  ],
  [
    "a cache of no answers",
    () => cache({ maxEntries: 0 }),
    /cache: option "maxEntries" must be a whole number from 1 to 1000000, got 0/,
  ],
];
