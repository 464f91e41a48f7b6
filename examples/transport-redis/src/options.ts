import { checkDuration, checkInteger, checkKnown } from "@porthos-rpc/protocol";
import { type Endpoint, readEndpoints } from "@porthos-rpc/protocol/driver";

/** What `redisTransport()` takes. Only `url` is needed. */
export interface RedisOptions {
  /** `redis://user:password@host:6379/0`, or `rediss:` for TLS; several are tried in turn. */
  readonly url: string | readonly string[];
  /** How long `ready()` and `consume()` wait for a Redis that is away. @default 15_000 */
  readonly startTimeoutMs?: number;
  /**
   * How often consumers look for what dead connections held and whether their queue is still there; also the
   * heartbeat: a Redis that is silent for ten of them is given up. @default 1_000
   */
  readonly pollMs?: number;
  /** A larger body is refused as TooLarge. 1 to 16,777,216. @default 4_194_304 */
  readonly maxMessageBytes?: number;
  /** Messages in a queue, delivered or not; what is beyond is refused as Overloaded. @default 100_000 */
  readonly maxQueueLength?: number;
}

/** The options, checked and complete. */
export type Settings = Omit<Required<RedisOptions>, "url"> & { readonly endpoints: readonly Endpoint[] };

const WHERE = "redisTransport()";
const URLS = {
  plain: { scheme: "redis:", port: 6379 },
  secure: { scheme: "rediss:", port: 6379 },
  parametersAre: "options of redisTransport(), such as pollMs",
};

/** @throws {TypeError} that names the option and what was expected */
export function readOptions(options: RedisOptions): Settings {
  checkKnown(WHERE, options, ["url", "startTimeoutMs", "pollMs", "maxMessageBytes", "maxQueueLength"]);
  const whole = (name: "maxMessageBytes" | "maxQueueLength", max: number, fallback: number): number =>
    checkInteger(WHERE, name, options[name], { min: 1, max, fallback });
  return {
    endpoints: readEndpoints(WHERE, options.url, URLS),
    startTimeoutMs: checkDuration(WHERE, "startTimeoutMs", options.startTimeoutMs, 15_000),
    pollMs: checkDuration(WHERE, "pollMs", options.pollMs, 1_000),
    maxMessageBytes: whole("maxMessageBytes", 16_777_216, 4_194_304),
    maxQueueLength: whole("maxQueueLength", 100_000_000, 100_000),
  };
}
