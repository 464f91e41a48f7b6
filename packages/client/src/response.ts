import {
  type Codec,
  decodeText,
  isOk,
  jsonCodec,
  NO_HEADERS,
  type ReadonlyHeaders,
  type ResponseEnvelope,
  RpcError,
} from "@porthos-rpc/protocol";

/** What a service answered, whatever its status. */
export class Response implements ResponseEnvelope {
  /** HTTP's numbers. */
  readonly statusCode: number;
  readonly contentType: string | undefined;
  readonly headers: ReadonlyHeaders;
  readonly body: Uint8Array;
  /** @internal Whether its request was sent more than once: what this answer says of one run is not said of others. */
  readonly wasSentBefore: boolean;

  readonly #json: Codec;

  /** @internal @param json within the limits of its client */
  constructor(envelope: ResponseEnvelope, json: Codec = jsonCodec, wasSentBefore = false) {
    this.#json = json;
    this.wasSentBefore = wasSentBefore;
    this.statusCode = envelope.statusCode;
    this.contentType = envelope.contentType;
    this.headers = envelope.headers ?? NO_HEADERS;
    this.body = envelope.body;
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return isOk(this.statusCode);
  }

  /**
   * The body as JSON, whatever its content type says. Not validated: `T` is the caller's claim.
   * @throws {RpcError} BadReply when it is not JSON, or more of it than the client's limits allow.
   */
  json<T = unknown>(): T {
    return decoded(() => this.#json.decode(this.body) as T);
  }

  /** @throws {RpcError} BadReply when the body is not UTF-8. */
  text(): string {
    return decoded(() => decodeText(this.body));
  }
}

/** The codecs speak of bad requests; on this side the same bytes are a bad reply. */
function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw new RpcError("BadReply", error.message, { cause: error.cause });
  }
}
