import { withRedis } from "@porthos-rpc/brokers/redis";
import { type Claim, type IdempotencyStore, memoryStore } from "@porthos-rpc/extension-idempotency";
import { redisStore } from "@porthos-rpc/extension-idempotency/redis";
import { createClient } from "redis";
import { afterAll, describe, expect, test, vi } from "vitest";

/** What holds for every store, and so for one of one's own. */
const ANSWER = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const claim = (token: string, lockMs = 10_000): Claim => ({ token, lockMs, fingerprint: `of ${token}` });
const [one, other] = [claim("one"), claim("other")];

function promises(store: IdempotencyStore): void {
  test("a request is one's who asks first, as often as he asks, and the others learn whose body it has", async () => {
    expect(await store.begin("a", one)).toEqual({ state: "fresh" });
    expect(await store.begin("a", one)).toEqual({ state: "fresh" });
    expect(await store.begin("a", other)).toEqual({ state: "pending", fingerprint: "of one" });
    expect(await store.begin("b", other)).toEqual({ state: "fresh" });
  });

  test("an answer is kept byte by byte, once", async () => {
    await store.begin("c", one);
    expect(await store.complete("c", one, ANSWER, 10_000)).toBe(true);
    const known = await store.begin("c", other);
    expect(known).toMatchObject({ state: "done", fingerprint: "of one" });
    expect([...(known as { readonly answer: Uint8Array }).answer]).toEqual([...ANSWER]);
    expect(await store.complete("c", one, ANSWER, 10_000)).toBe(false);
    expect(await store.renew("c", one)).toBe(false);
    await store.abandon("c", one);
    expect(await store.begin("c", one)).toMatchObject({ state: "done" });
  });

  test("nobody else renews, answers or gives up what one holds", async () => {
    await store.begin("d", one);
    expect(await store.renew("d", other)).toBe(false);
    expect(await store.complete("d", other, ANSWER, 10_000)).toBe(false);
    await store.abandon("d", other);
    expect(await store.begin("d", other)).toMatchObject({ state: "pending" });
    expect(await store.renew("d", one)).toBe(true);
  });

  test("what was given up is the next one's who asks", async () => {
    await store.begin("e", one);
    await store.abandon("e", one);
    expect(await store.begin("e", other)).toEqual({ state: "fresh" });
  });

  test("a lease that is over is the next one's who asks, and nobody's answer but his counts", async () => {
    await store.begin("f", claim("one", 100));
    await vi.waitFor(async () => expect(await store.begin("f", other)).toEqual({ state: "fresh" }), 5_000);
    expect(await store.complete("f", one, ANSWER, 10_000)).toBe(false);
    expect(await store.complete("f", other, ANSWER, 10_000)).toBe(true);
  });

  test("a lease that is over, and that nobody has taken, can be renewed; an answer's time ends", async () => {
    await store.begin("g", claim("one", 100));
    expect(await store.renew("g", one)).toBe(true);
    expect(await store.complete("g", one, ANSWER, 100)).toBe(true);
    await vi.waitFor(async () => expect(await store.begin("g", other)).toEqual({ state: "fresh" }), 5_000);
    await store.abandon("g", other);
    expect(await store.renew("g", one)).toBe(true);
  });
}

describe("memoryStore", () => promises(memoryStore()));

await withRedis((redis) => {
  const client = createClient({ url: redis.url });
  client.on("error", () => {});
  const connected = client.connect();
  afterAll(() => client.destroy());
  const store = redisStore(client, { keyPrefix: "mine:" });

  describe("redisStore", () => {
    promises(store);

    test("keeps what it knows under its prefix, with an end, and stands a Redis that has forgotten its scripts", async () => {
      await connected;
      await redis.cli("SCRIPT", "FLUSH");
      expect(await store.begin("h", one)).toEqual({ state: "fresh" });
      const leftMs = Number(await redis.cli("PTTL", "mine:h"));
      expect(leftMs).toBeGreaterThan(0);
      expect(leftMs).toBeLessThanOrEqual(10_000);
    });
  });
});
