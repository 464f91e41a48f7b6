import { checkBoolean, checkDuration, checkInteger, checkKnown, type Extension } from "@porthos-rpc/protocol";
import { Lines } from "./lines.js";
import { type AccessLogFunction, type AccessLogger, checkLogger } from "./logger.js";
import { Redaction } from "./redaction.js";

export interface AccessLogOptions {
  /** A pino logger, anything like one, or a function. @default pino's JSON lines on standard output */
  readonly logger?: AccessLogger | AccessLogFunction;
  /** Whether the lines hold what the methods are called with: JSON up to 1 KiB, else the size. Turn it off where that is nobody's business. @default true */
  readonly args?: boolean;
  /** Calls that take so long, in milliseconds, are logged at `warn`. More than 0. @default none are */
  readonly slowMs?: number;
  /**
   * Whether the lines hold the request's headers: 64 of them, 256 characters each. `authorization`, `proxy-authorization`, `cookie`,
   * `set-cookie` and `x-api-key` are redacted always. @default false
   */
  readonly headers?: boolean;
  /** Answers' JSON bodies of up to so many bytes are logged, and of longer or other ones the size. 0 to 65,536; 0: none. @default 0 */
  readonly bodyBytes?: number;
  /**
   * What is logged as `[redacted]`: paths that begin with `args`, `body` or `headers`, such as `args.password`, `args[0].pin`,
   * `body.cards[*].number`, `headers.x-token`. `*` is any name or index; names of headers have no case. @default []
   */
  readonly redact?: readonly string[];
}

/**
 * Logs each call, on a server and on a client. On a server: `request` with `service`, `method` and `args` before it runs, `response` with
 * these and `statusCode` and `elapsedMs` after; `refused` for what no handler sees. On a client: `call` when it is sent, `answer` with
 * `statusCode` and `elapsedMs`, or `failure` with `code`, `executed` and `elapsedMs`. It only observes, so a logger that throws harms no call.
 * @throws {TypeError} for a wrong option, by name.
 */
export function accessLog(options: AccessLogOptions = {}): Extension {
  checkKnown("accessLog", options, ["logger", "args", "slowMs", "headers", "bodyBytes", "redact"]);
  const args = checkBoolean("accessLog", "args", options.args, true);
  const slowMs =
    options.slowMs === undefined ? undefined : checkDuration("accessLog", "slowMs", options.slowMs);
  const headers = checkBoolean("accessLog", "headers", options.headers, false);
  const bounds = { min: 0, max: 65_536, fallback: 0 };
  const bodyBytes = checkInteger("accessLog", "bodyBytes", options.bodyBytes, bounds);
  const redact = options.redact ?? [];
  const redaction = new Redaction("accessLog", "redact", redact);
  const log = checkLogger("accessLog", options.logger, slowMs !== undefined);
  const lines = new Lines({ log, args, slowMs, headers, bodyBytes, redaction });
  const describe = (): unknown => ({ args, slowMs, headers, bodyBytes, redact });

  return {
    name: "access-log",
    apiVersion: 1,
    server: {
      observe: {
        incoming: (event) => lines.request(event),
        outgoing: (event) => lines.response(event),
        refused: (event) => lines.refused(event),
      },
      describe,
    },
    client: {
      observe: {
        sent: (event) => lines.call(event),
        settled: (event) => lines.answer(event),
      },
      describe,
    },
  };
}
