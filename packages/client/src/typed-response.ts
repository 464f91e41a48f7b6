import {
  type AnyMethod,
  contractErrorFromProblem,
  describeIssues,
  isBytes,
  parser,
  type Schema,
} from "@porthos-rpc/contract";
import {
  andThen,
  type Codecs,
  inOneLine,
  isOk,
  type MaybePromise,
  PROBLEM_CONTENT_TYPE,
  type ResponseEnvelope,
  RpcError,
} from "@porthos-rpc/protocol";
import { detailsOf, remoteError } from "./remote-error.js";

/** Reads the answers to one method of a contract. */
export class TypedResponses {
  readonly #method: AnyMethod;
  readonly #service: string;
  readonly #codecs: Codecs;
  readonly #schema: Schema | undefined;
  readonly #parse: (value: unknown, context: undefined) => MaybePromise<unknown>;

  /** @param validates whether answers are parsed by the contract */
  constructor(method: AnyMethod, service: string, codecs: Codecs, validates: boolean) {
    this.#method = method;
    this.#service = service;
    this.#codecs = codecs;
    this.#schema = method.kind === "stream" ? method.result : method.output;
    this.#parse = parser(validates ? this.#schema : undefined, ({ issues, cause }) =>
      this.#badReply(`it does not fit the contract: ${describeIssues(issues)}`, cause),
    );
  }

  /**
   * The value that an answer holds; undefined for a method that answers nothing. Waits only for a validator that does.
   * @throws {ContractError} for an answer that is one of the method's declared errors.
   * @throws {RpcError} Remote for any other status outside of 200-299; BadReply for an answer that does not fit the contract.
   */
  read(response: ResponseEnvelope): MaybePromise<unknown> {
    if (!isOk(response.statusCode)) {
      return andThen(this.errorOf(response), (error) => {
        throw error;
      });
    }
    if (this.#schema === undefined) return undefined;
    return this.#parse(this.#decode(this.#schema, response), undefined);
  }

  #decode(schema: Schema, { contentType, body }: ResponseEnvelope): unknown {
    if (isBytes(schema)) return body;
    if (contentType === undefined && body.length === 0) return undefined;
    const codec = this.#codecs.find(contentType);
    if (codec === undefined)
      throw this.#badReply(`its content type ${inOneLine(contentType ?? "(none)", 100)} is not known here`);
    try {
      return codec.decode(body);
    } catch (error) {
      throw this.#badReply((error as Error).message, error);
    }
  }

  /** The error that an answer is whose status is not 200-299: one of the method's own, or `Remote`. */
  errorOf(response: ResponseEnvelope): MaybePromise<RpcError> {
    const details = detailsOf(response, this.#codecs);
    const plain = (): RpcError =>
      remoteError({ service: this.#service, method: this.#method.name }, response, details);
    if (response.contentType !== PROBLEM_CONTENT_TYPE) return plain();
    const declared = contractErrorFromProblem(this.#method, response.statusCode, details);
    return andThen(declared, (error) => error ?? plain());
  }

  #badReply(why: string, cause?: unknown): RpcError {
    return new RpcError(
      "BadReply",
      `${this.#service}.${this.#method.name}: the answer cannot be used: ${why}`,
      {
        cause,
      },
    );
  }
}
