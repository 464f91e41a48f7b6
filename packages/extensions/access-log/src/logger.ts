import { wrong } from "@porthos-rpc/protocol";
import { pino } from "pino";

export type Fields = Readonly<Record<string, unknown>>;

/** What the log is written with: a pino logger, or anything that takes fields and a message like one. */
export interface AccessLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): unknown;
  /** For slow calls: needed if `slowMs` is set. */
  warn?(fields: Readonly<Record<string, unknown>>, message: string): unknown;
}

/** The same as one function. */
export type AccessLogFunction = (
  fields: Readonly<Record<string, unknown>>,
  message: string,
  level: "info" | "warn",
) => unknown;

/**
 * One function for whatever the log is written with.
 * @param needsWarn whether it has to know that level
 * @throws {TypeError} for what is no logger.
 */
export function checkLogger(
  where: string,
  logger: AccessLogger | AccessLogFunction | undefined,
  needsWarn: boolean,
): AccessLogFunction {
  if (typeof logger === "function") return logger;
  // pino's last: made only if nothing else is given.
  const target = logger === undefined ? pino() : logger;
  if (typeof target?.info !== "function")
    throw wrong(where, "logger", "a function, or an object with info(fields, message)", logger);
  if (needsWarn && typeof target.warn !== "function")
    throw wrong(where, "logger", "an object with warn(fields, message) too, since slowMs is set", logger);
  return (fields, message, level): unknown =>
    level === "warn" ? target.warn?.(fields, message) : target.info(fields, message);
}
