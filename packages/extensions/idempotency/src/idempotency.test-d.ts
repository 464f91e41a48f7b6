import type { Extension } from "@porthos-rpc/protocol";
import { createClient, createClientPool, createCluster } from "redis";
import { describe, expectTypeOf, it } from "vitest";
import { type IdempotencyStore, idempotency, memoryStore } from "./index.js";
import { redisStore } from "./redis.js";

describe("idempotency", () => {
  it("is an extension with a store", () => {
    expectTypeOf(idempotency({ store: memoryStore() })).toEqualTypeOf<Extension>();
    idempotency({ store: memoryStore({ maxEntries: 5 }), lockMs: 500, whenStoreFails: "run" });
    idempotency({ store: memoryStore(), scope: ({ clientId }) => clientId ?? "", keep: () => true });
    // @ts-expect-error - it needs a store
    idempotency({});
    // @ts-expect-error - there is no such option
    idempotency({ store: memoryStore(), ttlMs: 5 });
    // @ts-expect-error - a store takes more than that
    idempotency({ store: { begin: () => ({ state: "fresh" }) } });
  });

  it("takes a store in Redis, by whatever client", () => {
    expectTypeOf(redisStore(createClient())).toEqualTypeOf<IdempotencyStore>();
    redisStore(createClient({ RESP: 3 }), { keyPrefix: "mine:" });
    redisStore(createClientPool());
    redisStore(createCluster({ rootNodes: [] }));
    // @ts-expect-error - a URL is no client
    redisStore("redis://localhost");
  });
});
