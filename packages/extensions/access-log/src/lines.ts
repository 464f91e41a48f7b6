import type { ClientEvents, RequestEnvelope, ServerEvents } from "@porthos-rpc/protocol";
import type { AccessLogFunction, Fields } from "./logger.js";
import type { Redaction } from "./redaction.js";
import { shownBody } from "./shown-body.js";
import { ShownHeaders } from "./shown-headers.js";

/** Longer arguments are logged by their size. */
const MAX_ARGS_BYTES = 1_024;

export interface LineSettings {
  readonly log: AccessLogFunction;
  readonly args: boolean;
  readonly headers: boolean;
  readonly bodyBytes: number;
  readonly slowMs: number | undefined;
  readonly redaction: Redaction;
}

/** What either side knows of a call. */
interface LoggedCall {
  readonly service: string;
  readonly method: string;
  readonly request: RequestEnvelope;
}

/**
 * The lines of the log, one for each event of either side. What the logger returns is handed on: if it is a promise that rejects, that
 * is reported too.
 */
export class Lines {
  readonly #settings: LineSettings;
  readonly #headers: ShownHeaders;
  /** Decoded once a request; gone with it. */
  readonly #fields = new WeakMap<RequestEnvelope, Fields>();

  constructor(settings: LineSettings) {
    this.#settings = settings;
    this.#headers = new ShownHeaders(settings.redaction.headers);
  }

  /** A server begins. */
  request({ call }: ServerEvents["incoming"]): unknown {
    return this.#settings.log(this.#of(call), "request", "info");
  }

  /** A server has an answer. */
  response({ call, response, elapsedMs }: ServerEvents["outgoing"]): unknown {
    const { statusCode } = response;
    return this.#timed({ ...this.#of(call), statusCode, ...this.#body(response) }, "response", elapsedMs);
  }

  /** A server lets no handler see it. */
  refused({ service, method, response, reason }: ServerEvents["refused"]): unknown {
    const { statusCode } = response;
    return this.#settings.log({ service, method, statusCode, reason }, "refused", "info");
  }

  /** A client sends. */
  call({ call }: ClientEvents["sent"]): unknown {
    return this.#settings.log(this.#of(call), "call", "info");
  }

  /** A client has an answer, or an error in its place. */
  answer({ call, response, error, elapsedMs }: ClientEvents["settled"]): unknown {
    if (response === undefined) {
      const { code, executed } = error ?? {};
      return this.#timed({ ...this.#of(call), code, executed }, "failure", elapsedMs);
    }
    const { statusCode } = response;
    return this.#timed({ ...this.#of(call), statusCode, ...this.#body(response) }, "answer", elapsedMs);
  }

  #timed(fields: Fields, message: string, elapsedMs: number): unknown {
    const { log, slowMs } = this.#settings;
    const level = slowMs !== undefined && elapsedMs >= slowMs ? "warn" : "info";
    return log({ ...fields, elapsedMs: round(elapsedMs) }, message, level);
  }

  #of({ service, method, request }: LoggedCall): Fields {
    const { args, headers } = this.#settings;
    if (!args && !headers) return { service, method };
    let fields = this.#fields.get(request);
    if (fields === undefined) {
      fields = { service, method, ...this.#args(request), ...this.#headersOf(request) };
      this.#fields.set(request, fields);
    }
    return fields;
  }

  #args({ contentType, body }: RequestEnvelope): Fields {
    if (!this.#settings.args) return {};
    return { args: this.#settings.redaction.args(shownBody(contentType, body, MAX_ARGS_BYTES)) };
  }

  #headersOf({ headers }: RequestEnvelope): Fields {
    const shown = this.#settings.headers ? this.#headers.of(headers) : undefined;
    return shown === undefined ? {} : { headers: shown };
  }

  #body({ contentType, body }: ServerEvents["outgoing"]["response"]): Fields {
    const { bodyBytes, redaction } = this.#settings;
    return bodyBytes === 0 ? {} : { body: redaction.body(shownBody(contentType, body, bodyBytes)) };
  }
}

/** To the microsecond: more is noise. */
function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
