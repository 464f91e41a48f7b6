import { checkBoolean, checkKnown, type Extension, type ServerCall, wrong } from "@porthos-rpc/protocol";
import { pino } from "pino";
import { argsOf } from "./args.js";

/** What the log is written with: a pino logger, or anything that takes fields and a message like one. */
export interface AccessLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface AccessLogOptions {
  /** @default pino's JSON lines on standard output */
  readonly logger?: AccessLogger;
  /** Whether the lines hold what the methods are called with. Turn it off where that is nobody's business. @default true */
  readonly args?: boolean;
}

/**
 * Logs each request of a server: `request` with `service`, `method` and `args` before it runs, `response` with these
 * and `statusCode` and `elapsedMs` after; `refused` for what no handler sees. It only observes, so a logger that throws harms no request.
 * @throws {TypeError} for a wrong option, by name.
 */
export function accessLog(options: AccessLogOptions = {}): Extension {
  checkKnown("accessLog", options, ["logger", "args"]);
  const logger = options.logger === undefined ? pino() : options.logger;
  if (typeof logger?.info !== "function")
    throw wrong("accessLog", "logger", "an object with info(fields, message)", logger);
  const withArgs = checkBoolean("accessLog", "args", options.args, true);
  // Decoded once a request; gone with it.
  const fieldsOfCall = new WeakMap<ServerCall, Readonly<Record<string, unknown>>>();

  const fieldsOf = (call: ServerCall): Readonly<Record<string, unknown>> => {
    let fields = fieldsOfCall.get(call);
    if (fields === undefined) {
      const { service, method } = call;
      fields = withArgs ? { service, method, args: argsOf(call.request) } : { service, method };
      fieldsOfCall.set(call, fields);
    }
    return fields;
  };

  return {
    name: "access-log",
    apiVersion: 1,
    server: {
      observe: {
        incoming: ({ call }) => logger.info(fieldsOf(call), "request"),
        outgoing: ({ call, response, elapsedMs }) =>
          logger.info(
            { ...fieldsOf(call), statusCode: response.statusCode, elapsedMs: round(elapsedMs) },
            "response",
          ),
        refused: ({ service, method, response, reason }) =>
          logger.info({ service, method, statusCode: response.statusCode, reason }, "refused"),
      },
      describe: () => ({ args: withArgs }),
    },
  };
}

/** To the microsecond: more is noise. */
function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
