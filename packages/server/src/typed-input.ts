import {
  type AnyMethod,
  describeIssues,
  isBytes,
  methodHash,
  parser,
  type Schema,
} from "@porthos-rpc/contract";
import {
  CONTRACT_HEADER,
  type Codecs,
  inOneLine,
  type MaybePromise,
  type RequestEnvelope,
} from "@porthos-rpc/protocol";
import { decodeBody, InvalidInput, UnknownContent } from "./malformed-body.js";

/** Reads the requests of one method of a contract. */
export class TypedInput {
  readonly #method: AnyMethod;
  readonly #schema: Schema | undefined;
  readonly #codecs: Codecs;
  readonly #parse: (value: unknown, request: RequestEnvelope) => MaybePromise<unknown>;

  /** @param validates whether inputs are parsed by the contract */
  constructor(method: AnyMethod, codecs: Codecs, validates: boolean) {
    this.#method = method;
    this.#schema = method.input;
    this.#codecs = codecs;
    this.#parse = parser<RequestEnvelope>(
      validates ? method.input : undefined,
      ({ issues, cause }, request) =>
        new InvalidInput(`${describeIssues(issues)}${this.#drift(request)}`, cause),
    );
  }

  /**
   * What the handler gets. Waits only for a validator that does.
   * @throws {MalformedBody} for a body that is not what it claims, that no codec is for, or that does not fit the contract.
   */
  read(request: RequestEnvelope): MaybePromise<unknown> {
    if (this.#schema === undefined) return undefined;
    return this.#parse(this.#decode(this.#schema, request), request);
  }

  #decode(schema: Schema, { contentType, body }: RequestEnvelope): unknown {
    if (isBytes(schema)) return body;
    // No codec makes nothing of a value.
    if (body.length === 0 && (contentType === undefined || this.#codecs.find(contentType) !== undefined))
      return undefined;
    const codec = this.#codecs.find(contentType);
    if (codec === undefined) {
      const found = contentType === undefined ? "none" : `"${inOneLine(contentType, 100)}"`;
      throw new UnknownContent(
        `the request's content type is ${found}; the service reads ${this.#codecs.types}`,
      );
    }
    return decodeBody(() => codec.decode(body));
  }

  /** Two contracts that differ are the likeliest reason: then whoever reads the error knows where to look. */
  #drift({ headers }: RequestEnvelope): string {
    const theirs = headers?.get(CONTRACT_HEADER);
    const ours = methodHash(this.#method);
    if (typeof theirs !== "string" || !/^[0-9a-f]{16}$/.test(theirs) || theirs === ours) return "";
    return `; the contracts differ: the service has ${ours} of this method, the caller ${theirs}`;
  }
}
