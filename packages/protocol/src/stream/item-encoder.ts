import type { Codec } from "../content.js";
import { RpcError } from "../errors.js";
import { JsonCodec } from "../json-codec.js";
import type { EncodedItem } from "./item-batch.js";

export interface ItemEncoderOptions {
  /** Whose stream it is, for error messages: `CalculatorService.countTo`. */
  readonly name: string;
  /** For items that are not bytes. JSON items share frames; those of another codec travel alone. */
  readonly codec: Codec;
  /** Of items that are bytes (`Uint8Array`). They travel alone, as they are, and must not be changed afterwards. */
  readonly bytesContentType: string;
  /** The most that an item, or a frame of several, may have; 1 or more. */
  readonly maxBodyBytes: number;
}

/** Makes items ready to travel. */
export class ItemEncoder {
  readonly #options: ItemEncoderOptions;

  constructor(options: ItemEncoderOptions) {
    this.#options = options;
  }

  /**
   * @param number of the item in its stream, for error messages
   * @throws {RpcError} TooLarge; or as the codec does, when the item has no such form
   */
  encode(item: unknown, number: number): EncodedItem {
    const { codec, bytesContentType, maxBodyBytes } = this.#options;
    const isBytes = item instanceof Uint8Array;
    const body = isBytes ? item : this.#encoded(item, number);
    if (body.length > maxBodyBytes) {
      throw this.#error("TooLarge", number, `has ${body.length} bytes; maxBodyBytes is ${maxBodyBytes}`);
    }
    // Another codec's forms, even if they are JSON too, may not be what its form of a list is made of.
    const joins = !isBytes && codec instanceof JsonCodec;
    return { body, contentType: isBytes ? bytesContentType : codec.contentType, joins };
  }

  #encoded(item: unknown, number: number): Uint8Array {
    try {
      return this.#options.codec.encode(item);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      throw this.#error(error.code, number, `cannot be sent: ${error.message}`, error);
    }
  }

  /** Whether the call ran is not for an item to say. */
  #error(code: RpcError["code"], number: number, what: string, cause?: RpcError): RpcError {
    return new RpcError(code, `${this.#options.name}: item ${number} ${what}`, { executed: "maybe", cause });
  }
}
