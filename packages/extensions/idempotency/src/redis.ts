/**
 * The store for several processes: in Redis, by the official client.
 * @packageDocumentation
 */
export {
  type RedisScripts,
  type RedisStoreClient,
  type RedisStoreOptions,
  redisStore,
} from "./redis-store.js";
