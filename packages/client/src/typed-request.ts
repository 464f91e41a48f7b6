import { type AnyMethod, describeIssues, isBytes, methodHash, parser } from "@porthos-rpc/contract";
import {
  andThen,
  CONTRACT_HEADER,
  type Codec,
  jsonCodec,
  type MaybePromise,
  NO_BODY,
  type RequestEnvelope,
  RpcError,
} from "@porthos-rpc/protocol";
import { ContractHeaders } from "./contract-headers.js";

/** Makes the requests of one method of a contract. */
export class TypedRequests {
  readonly #method: AnyMethod;
  readonly #service: string;
  readonly #codec: Codec;
  readonly #check: (input: unknown, context: undefined) => MaybePromise<unknown>;
  #headers: ContractHeaders | undefined;

  /** @param validates whether inputs are checked before they are sent */
  constructor(method: AnyMethod, service: string, codec: Codec, validates: boolean) {
    this.#method = method;
    this.#service = service;
    this.#codec = codec;
    this.#check = parser(validates ? method.input : undefined, ({ issues, cause }) => {
      const why = `${service}.${method.name}: the input does not fit the contract: ${describeIssues(issues)}`;
      return new RpcError("BadRequest", why, { details: { issues }, cause });
    });
  }

  /**
   * What is sent is what was given, not what the schema makes of it: that is for who receives it. Waits only for a validator that does.
   * @throws {RpcError} BadRequest, not executed, for an input that does not fit or cannot be encoded.
   */
  make(input: unknown): MaybePromise<RequestEnvelope> {
    return andThen(this.#check(input, undefined), () => this.#encode(input));
  }

  #encode(input: unknown): RequestEnvelope {
    const { name, input: schema } = this.#method;
    this.#headers ??= new ContractHeaders([[CONTRACT_HEADER, methodHash(this.#method)]]);
    const headers = this.#headers;
    if (schema === undefined || input === undefined) {
      // Without a body too the answer is to come in what the client reads.
      const contentType =
        this.#codec.contentType === jsonCodec.contentType ? undefined : this.#codec.contentType;
      return { method: name, contentType, body: NO_BODY, headers };
    }
    if (isBytes(schema)) {
      if (!(input instanceof Uint8Array)) throw notBytes(this.#service, name);
      return { method: name, contentType: schema.contentType, body: input, headers };
    }
    const { contentType } = this.#codec;
    return { method: name, contentType, body: this.#bodyOf(input), headers };
  }

  #bodyOf(input: unknown): Uint8Array {
    try {
      return this.#codec.encode(input);
    } catch (error) {
      const { code, message, details } = error as RpcError;
      if (code !== "BadRequest") throw error;
      const why = `${this.#service}.${this.#method.name}: the input cannot be encoded: ${message}`;
      throw new RpcError(code, why, { details, cause: error });
    }
  }
}

function notBytes(service: string, method: string): RpcError {
  return new RpcError("BadRequest", `${service}.${method}: the input must be a Uint8Array`);
}
