import { describe, expect, it } from "vitest";
import type { Codec } from "../content.js";
import { RpcError } from "../errors.js";
import { jsonCodec } from "../json-codec.js";
import { encodeText } from "../text.js";
import { ItemEncoder } from "./item-encoder.js";

function encoder(codec: Codec = jsonCodec): ItemEncoder {
  return new ItemEncoder({ name: "S.m", codec, bytesContentType: "image/png", maxBodyBytes: 5 });
}

describe("ItemEncoder", () => {
  it("makes JSON of a value, to share a frame", () => {
    expect(encoder().encode({}, 0)).toEqual({
      body: encodeText("{}"),
      contentType: "application/json",
      joins: true,
    });
  });

  it("leaves bytes as they are, to travel alone", () => {
    const bytes = new Uint8Array([1, 2]);
    const encoded = encoder().encode(bytes, 0);
    expect(encoded).toEqual({ body: bytes, contentType: "image/png", joins: false });
    expect(encoded.body).toBe(bytes);
  });

  it("does not let what another codec makes share a frame, even if it is JSON", () => {
    const own: Codec = { ...jsonCodec, encode: () => encodeText("1") };
    expect(encoder(own).encode(1n, 0).joins).toBe(false);
  });

  it("refuses an item that is too large, with its number, its size and the limit", () => {
    expect(encoder().encode("abc", 17).body).toHaveLength(5);
    expect(() => encoder().encode("abcd", 17)).toThrow(
      new RpcError("TooLarge", "S.m: item 17 has 6 bytes; maxBodyBytes is 5", { executed: "maybe" }),
    );
    expect(() => encoder().encode(new Uint8Array(6), 0)).toThrow("item 0 has 6 bytes");
  });

  it("refuses an item that has no such form, and tells nothing of whether the call ran", () => {
    expect(() => encoder().encode(undefined, 3)).toThrow(
      expect.objectContaining({
        code: "BadRequest",
        executed: "maybe",
        message: "S.m: item 3 cannot be sent: a value of type undefined cannot be encoded as JSON",
      }),
    );
  });

  it("lets through what a codec throws that is no RpcError", () => {
    const broken: Codec = {
      ...jsonCodec,
      encode: () => {
        throw new TypeError("broken");
      },
    };
    expect(() => encoder(broken).encode(1, 0)).toThrow(new TypeError("broken"));
  });
});
