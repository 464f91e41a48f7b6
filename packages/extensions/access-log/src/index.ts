/**
 * The access log: one line before each request, one after.
 * @packageDocumentation
 */
export { type AccessLogger, type AccessLogOptions, accessLog } from "./access-log.js";
