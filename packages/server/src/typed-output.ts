import { type AnyMethod, describeIssues, isBytes, parser, type Schema } from "@porthos-rpc/contract";
import {
  andThen,
  type Codec,
  type Codecs,
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
  readonly #parse: (value: unknown, context: undefined) => MaybePromise<unknown>;

  /** @param validates whether what handlers return is parsed by the contract, so that nothing else leaves the service */
  constructor(method: AnyMethod, codecs: Codecs, validates: boolean) {
    this.#method = method;
    this.#schema = method.kind === "stream" ? method.result : method.output;
    this.#codecs = codecs;
    this.#parse = parser(validates ? this.#schema : undefined, ({ issues, cause }) => {
      const why = `${this.#name}: what the handler returned does not fit the contract: ${describeIssues(issues)}`;
      return new TypeError(why, { cause });
    });
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
    return andThen(this.#parse(value, undefined), (parsed) => this.#encode(schema, parsed, request, context));
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

  get #name(): string {
    return `${this.#method.service}.${this.#method.name}`;
  }
}

/** A caller reads what he writes; raw bytes are no form for values. */
export function answerCodec(codecs: Codecs, contentType: string | undefined): Codec {
  const codec = codecs.find(contentType);
  return codec === undefined || codec.isRaw === true ? codecs.json : codec;
}
