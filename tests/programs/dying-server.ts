import { connect } from "@porthos-rpc/connect";
import { idempotency } from "@porthos-rpc/extension-idempotency";
import { redisStore } from "@porthos-rpc/extension-idempotency/redis";
import { createServer } from "@porthos-rpc/server";
import { createClient } from "redis";

/*
 * A server whose requests run for ever, so that it is killed in the middle of one. Arguments: the service, the URL of the Redis, the lease.
 * It prints each run.
 */
const [service = "", redisUrl = "", lockMs = ""] = process.argv.slice(2);
const transport = await connect(process.env["PORTHOS_URL"] ?? "memory:");
const redis = await createClient({ url: redisUrl }).connect();
const extensions = [idempotency({ store: redisStore(redis), lockMs: Number(lockMs) })];
const server = createServer({ transport, service, extensions });
server.register("work", () => {
  console.log("it runs");
  return new Promise(() => {});
});
await server.listen();
console.log("it is listening");
