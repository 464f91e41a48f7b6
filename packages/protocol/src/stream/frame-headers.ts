import type { HeaderValue } from "../message.js";

/*
 * The headers of streams (docs/decisions/0007), and how the counts in them are read.
 */

/** Which kind of frame a message is. */
export const FRAME_HEADER = "porthos-frame";
/** How many items of the stream come before this. */
export const SEQ_HEADER = "porthos-seq";
/** How many items are in this. */
export const COUNT_HEADER = "porthos-count";
/** How many items the writer may have sent since the stream began. */
export const CREDIT_HEADER = "porthos-credit";
/** In a request: how many items of a stream its caller takes to begin with. */
export const STREAM_HEADER = "porthos-stream";
/** In a request: how often both ends say that they live, in milliseconds. */
export const ALIVE_HEADER = "porthos-alive";

/** In a request that opens a stream: how long all of it may take, in milliseconds. */
export const TIMEOUT_HEADER = "porthos-timeout";

/** What `readCount` says of a value that is no count. */
export const NO_COUNT = -1;

/**
 * A count as it came: a whole number from 0 that JavaScript can hold, or decimal digits, for transports whose headers are
 * texts. `NO_COUNT` for anything else; undefined if there is none.
 */
export function readCount(value: HeaderValue | undefined): number | undefined {
  if (value === undefined) return undefined;
  const count = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : NO_COUNT;
}
