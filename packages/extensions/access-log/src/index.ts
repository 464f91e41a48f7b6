/**
 * The access log: one line before each call, one after.
 * @packageDocumentation
 */
export { type AccessLogOptions, accessLog } from "./access-log.js";
export type { AccessLogFunction, AccessLogger } from "./logger.js";
