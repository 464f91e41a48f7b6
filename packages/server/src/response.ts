import {
  bytesCodec,
  type Codec,
  type Headers,
  type HeaderValue,
  jsonCodec,
  NO_BODY,
  type ResponseEnvelope,
  Status,
} from "@porthos-rpc/protocol";

/** What a handler answers with. The last of `json`, `raw` and `empty` counts. */
export class Response {
  readonly #json: Codec;
  #headers: Headers | undefined;
  #statusCode: number | undefined;
  #contentType: string | undefined;
  #body: Uint8Array = NO_BODY;

  /** @internal @param json within the limits of the server */
  constructor(json: Codec = jsonCodec) {
    this.#json = json;
  }

  /** Answers with a value as JSON. @param statusCode 100 to 599 @throws {RpcError} when JSON cannot say the value. */
  json(statusCode: number, value: unknown): void {
    this.#set(statusCode, this.#json.contentType, this.#json.encode(value));
  }

  /** Answers with bytes, which must not be changed afterwards. @param statusCode 100 to 599 */
  raw(statusCode: number, contentType: string, body: Uint8Array): void {
    if (!(body instanceof Uint8Array))
      throw new TypeError(`response.raw: the body must be a Uint8Array, got ${typeof body}`);
    this.#set(statusCode, contentType, body);
  }

  /** Answers without a body. @param statusCode 100 to 599 */
  empty(statusCode: number): void {
    this.#set(statusCode, undefined, NO_BODY);
  }

  /** Headers to answer with. */
  get headers(): Headers {
    this.#headers ??= new Map<string, HeaderValue>();
    return this.#headers;
  }

  /** Undefined until the handler has answered. */
  get statusCode(): number | undefined {
    return this.#statusCode;
  }

  get contentType(): string | undefined {
    return this.#contentType;
  }

  get body(): Uint8Array {
    return this.#body;
  }

  /**
   * @internal What travels. What the handler returned counts if it answered in no other way: bytes as they are, other
   * values as JSON with 200, undefined as 204.
   */
  toEnvelope(returned: unknown): ResponseEnvelope {
    if (this.#statusCode === undefined) this.#answerWith(returned);
    return {
      statusCode: this.#statusCode ?? Status.NoContent,
      contentType: this.#contentType,
      body: this.#body,
      headers: this.#headers,
    };
  }

  #answerWith(returned: unknown): void {
    if (returned === undefined) this.empty(Status.NoContent);
    else if (returned instanceof Uint8Array) this.raw(Status.Ok, bytesCodec.contentType, returned);
    else this.json(Status.Ok, returned);
  }

  #set(statusCode: number, contentType: string | undefined, body: Uint8Array): void {
    if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 599) {
      throw new TypeError(
        `response: the status must be a whole number from 100 to 599, got ${String(statusCode)}`,
      );
    }
    this.#statusCode = statusCode;
    this.#contentType = contentType;
    this.#body = body;
  }
}
