import * as zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { availableCoders, zstdOf } from "./encodings.js";

const body = new TextEncoder().encode("all work and no play ".repeat(500));

describe("availableCoders", () => {
  it.each([...availableCoders()])("packs and unpacks by %s, at once and later", async (_name, coder) => {
    const bounds = { maxOutputLength: body.length };
    for (const packed of [coder.compressNow(body), await coder.compress(body)]) {
      expect(packed.length).toBeLessThan(body.length / 10);
      expect(new Uint8Array(coder.expandNow(packed, bounds))).toEqual(body);
      expect(new Uint8Array(await coder.expand(packed, bounds))).toEqual(body);
      const less = { maxOutputLength: body.length - 1 };
      expect(() => coder.expandNow(packed, less)).toThrow(
        expect.objectContaining({ code: "ERR_BUFFER_TOO_LARGE" }),
      );
      await expect(coder.expand(packed, less)).rejects.toMatchObject({ code: "ERR_BUFFER_TOO_LARGE" });
    }
  });

  it("has zstd, as the first, where Node has it, and only there", () => {
    const hasZstd = "zstdCompress" in zlib;
    expect([...availableCoders().keys()]).toEqual(hasZstd ? ["zstd", "gzip"] : ["gzip"]);
    expect(zstdOf({})).toBeUndefined();
  });

  it("calls Node's zstd as Node has it", async () => {
    // Gzip in its place, with the same signatures.
    const coder = zstdOf({
      zstdCompress: zlib.gzip,
      zstdCompressSync: (bytes) => zlib.gzipSync(bytes),
      zstdDecompress: zlib.gunzip,
      zstdDecompressSync: (bytes, bounds) => zlib.gunzipSync(bytes, bounds),
    });
    const packed = (await coder?.compress(body)) ?? body;
    expect(new Uint8Array((await coder?.expand(packed, { maxOutputLength: body.length })) ?? [])).toEqual(
      body,
    );
    expect(() => coder?.expandNow(packed, { maxOutputLength: 1 })).toThrow();
  });

  it("lets no frame of zstd ask for a window of more than 8 MiB", async () => {
    const asked: unknown[] = [];
    const coder = zstdOf({
      zstdCompress: zlib.gzip,
      zstdCompressSync: (bytes) => zlib.gzipSync(bytes),
      zstdDecompress: (bytes, options, done) => {
        asked.push(options);
        done(null, bytes);
      },
      zstdDecompressSync: (bytes, options) => {
        asked.push(options);
        return bytes;
      },
      constants: { ZSTD_d_windowLogMax: 100 },
    });
    coder?.expandNow(body, { maxOutputLength: 1 });
    await coder?.expand(body, { maxOutputLength: 2 });
    const params = { 100: 23 };
    expect(asked).toEqual([
      { maxOutputLength: 1, params },
      { maxOutputLength: 2, params },
    ]);
  });
});
