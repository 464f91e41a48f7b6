import {
  type AnyMethod,
  describeIssues,
  isBytes,
  type Schema,
  type Validated,
  validate,
} from "@porthos-rpc/contract";
import {
  type Codec,
  type Codecs,
  jsonCodec,
  type MaybePromise,
  NO_BODY,
  type RequestEnvelope,
  type ResponseEnvelope,
  Status,
} from "@porthos-rpc/protocol";
import type { CallContext } from "./call-context.js";

/** Makes the answers of one method of a contract. */
export class TypedOutput {
  readonly #method: AnyMethod;
  readonly #schema: Schema | undefined;
  readonly #codecs: Codecs;
  readonly #validates: boolean;

  /** @param validates whether what handlers return is parsed by the contract, so that nothing else leaves the service */
  constructor(method: AnyMethod, codecs: Codecs, validates: boolean) {
    this.#method = method;
    this.#schema = method.kind === "stream" ? method.result : method.output;
    this.#codecs = codecs;
    this.#validates = validates;
  }

  /**
   * The answer that a value is, in what the request came in. Waits only for a validator that does.
   * @throws {TypeError} for a value that does not fit the contract: the service's own trouble.
   */
  make(value: unknown, request: RequestEnvelope, context: CallContext): MaybePromise<ResponseEnvelope> {
    const schema = this.#schema;
    if (schema === undefined) {
      return {
        statusCode: Status.NoContent,
        contentType: undefined,
        body: NO_BODY,
        headers: context.headersToSend,
      };
    }
    if (!this.#validates) return this.#encode(schema, value, request, context);
    const parsed = validate(schema, value);
    return parsed instanceof Promise
      ? parsed.then((late) => this.#encode(schema, this.#fitting(late), request, context))
      : this.#encode(schema, this.#fitting(parsed), request, context);
  }

  #encode(schema: Schema, value: unknown, request: RequestEnvelope, context: CallContext): ResponseEnvelope {
    const headers = context.headersToSend;
    if (value === undefined)
      return { statusCode: Status.NoContent, contentType: undefined, body: NO_BODY, headers };
    if (isBytes(schema)) {
      if (!(value instanceof Uint8Array))
        throw new TypeError(`${this.#name}: the answer must be a Uint8Array`);
      return { statusCode: Status.Ok, contentType: schema.contentType, body: value, headers };
    }
    const codec = answerCodec(this.#codecs, request.contentType);
    return { statusCode: Status.Ok, contentType: codec.contentType, body: codec.encode(value), headers };
  }

  #fitting(parsed: Validated<unknown>): unknown {
    if (parsed.ok) return parsed.value;
    const why = `${this.#name}: what the handler returned does not fit the contract: ${describeIssues(parsed.issues)}`;
    throw new TypeError(why, { cause: parsed.cause });
  }

  get #name(): string {
    return `${this.#method.service}.${this.#method.name}`;
  }
}

/** A caller reads what he writes; raw bytes are no form for values. */
export function answerCodec(codecs: Codecs, contentType: string | undefined): Codec {
  const codec = codecs.find(contentType);
  return codec === undefined || codec.isRaw === true ? jsonCodec : codec;
}
