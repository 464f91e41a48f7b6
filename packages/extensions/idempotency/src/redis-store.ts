import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { checkKnown, checkText, wrong } from "@porthos-rpc/protocol";
import { RESP_TYPES } from "redis";
import { SCRIPTS, type ScriptName } from "./redis-scripts.js";
import type { Begun, Claim, IdempotencyStore } from "./store.js";

export interface RedisStoreOptions {
  /** What its keys in Redis begin with. 1 to 200 bytes. @default "porthos:idempotency:" */
  readonly keyPrefix?: string;
}

/** What is used of a client of Redis: that runs scripts, and gives bytes as bytes. */
export interface RedisScripts {
  evalSha(sha: string, options: { keys: string[]; arguments: (string | Buffer)[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: (string | Buffer)[] }): Promise<unknown>;
}

/** What `createClient`, `createClientPool`, `createCluster` and `createSentinel` of the package `redis` make, from version 5 on. */
export interface RedisStoreClient {
  withTypeMapping(mapping: { readonly [RESP_TYPES.BLOB_STRING]: typeof Buffer }): RedisScripts;
}

/**
 * A store in Redis 6 or later: one hash a request, with an expiry, changed by scripts, so that all processes that share it see the same. The client is yours:
 * connect it before the server listens, give it an `error` listener, and close it after the server. While it is not
 * connected the extension takes the store for one that is away.
 *
 * What Redis forgets runs again: give it a `maxmemory-policy` that evicts nothing, and persistence as long as answers are to be known.
 * @throws {TypeError} for a wrong option, by name.
 */
export function redisStore(client: RedisStoreClient, options: RedisStoreOptions = {}): IdempotencyStore {
  checkKnown("redisStore", options, ["keyPrefix"]);
  if (typeof client?.withTypeMapping !== "function")
    throw wrong("redisStore", "client", "a client of the package redis, version 5 or later", client);
  const { keyPrefix = "porthos:idempotency:" } = options;
  return new RedisStore(client, checkText("redisStore", "keyPrefix", keyPrefix, 200));
}

class RedisStore implements IdempotencyStore {
  readonly #client: RedisScripts;
  readonly #keyPrefix: string;
  /** By which Redis knows the scripts. */
  readonly #shas = new Map<ScriptName, string>();

  constructor(client: RedisStoreClient, keyPrefix: string) {
    this.#client = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    this.#keyPrefix = keyPrefix;
  }

  async begin(key: string, { token, lockMs, fingerprint }: Claim): Promise<Begun> {
    const reply = (await this.#run("begin", key, token, `${lockMs}`, fingerprint)) as readonly Buffer[];
    if (reply.length === 0) return { state: "fresh" };
    const [known, answer] = reply;
    const shown = known?.toString("latin1") ?? "";
    return answer === undefined
      ? { state: "pending", fingerprint: shown }
      : { state: "done", fingerprint: shown, answer };
  }

  async renew(key: string, { token, lockMs, fingerprint }: Claim): Promise<boolean> {
    return (await this.#run("renew", key, token, `${lockMs}`, fingerprint)) === 1;
  }

  async complete(key: string, claim: Claim, answer: Uint8Array, keepMs: number): Promise<boolean> {
    const { token, fingerprint } = claim;
    const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
    return (await this.#run("complete", key, token, `${Math.ceil(keepMs)}`, fingerprint, bytes)) === 1;
  }

  async abandon(key: string, { token }: Claim): Promise<void> {
    await this.#run("abandon", key, token);
  }

  describe(): unknown {
    return { kind: "redis", keyPrefix: this.#keyPrefix };
  }

  async #run(name: ScriptName, key: string, ...args: (string | Buffer)[]): Promise<unknown> {
    const options = { keys: [`${this.#keyPrefix}${key}`], arguments: args };
    try {
      return await this.#client.evalSha(this.#shaOf(name), options);
    } catch (error) {
      // A Redis that was started, or flushed, since.
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return this.#client.eval(SCRIPTS[name], options);
    }
  }

  #shaOf(name: ScriptName): string {
    let sha = this.#shas.get(name);
    if (sha === undefined) {
      sha = createHash("sha1").update(SCRIPTS[name]).digest("hex");
      this.#shas.set(name, sha);
    }
    return sha;
  }
}
