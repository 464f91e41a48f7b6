import * as zlib from "node:zlib";

/** How bodies may be compressed. */
export type Encoding = "gzip" | "zstd";

interface Bounds {
  readonly maxOutputLength: number;
}

interface ZstdBounds extends Bounds {
  readonly params?: Readonly<Record<number, number>>;
}

type Callback = (error: Error | null, result: Uint8Array) => void;

/** One encoding of Node's zlib, both ways, at once or in a thread of its own. */
export interface Coder {
  compressNow(body: Uint8Array): Uint8Array;
  compress(body: Uint8Array): Promise<Uint8Array>;
  /** @throws for what is none, and for more than the bound, with code `ERR_BUFFER_TOO_LARGE` */
  expandNow(body: Uint8Array, bounds: Bounds): Uint8Array;
  expand(body: Uint8Array, bounds: Bounds): Promise<Uint8Array>;
}

/** Of 1 to 9: what a higher one saves costs several times as much. */
const GZIP_LEVEL = 3;

/**
 * 8 MiB, which RFC 8878 tells senders to keep to. A frame says itself how much of it has to be held, and zstd believes up to 128 MiB.
 * Not less where bodies are small: Node's own threads say 2 MiB of any body.
 */
const ZSTD_WINDOW_LOG = 23;

/** What zlib has from Node 22.15 on. */
interface Zstd {
  readonly zstdCompress?: (body: Uint8Array, callback: Callback) => void;
  readonly zstdCompressSync?: (body: Uint8Array) => Uint8Array;
  readonly zstdDecompress?: (body: Uint8Array, bounds: ZstdBounds, callback: Callback) => void;
  readonly zstdDecompressSync?: (body: Uint8Array, bounds: ZstdBounds) => Uint8Array;
  readonly constants?: { readonly ZSTD_d_windowLogMax?: number };
}

const gzip: Coder = {
  compressNow: (body) => zlib.gzipSync(body, { level: GZIP_LEVEL }),
  compress: (body) => later((done) => zlib.gzip(body, { level: GZIP_LEVEL }, done)),
  expandNow: (body, bounds) => zlib.gunzipSync(body, bounds),
  expand: (body, bounds) => later((done) => zlib.gunzip(body, bounds, done)),
};

/** Undefined where this Node has none. @param host zlib */
export function zstdOf(host: Zstd): Coder | undefined {
  const { zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } = host;
  if (!zstdCompress || !zstdCompressSync || !zstdDecompress || !zstdDecompressSync) return undefined;
  const windowLogMax = host.constants?.ZSTD_d_windowLogMax;
  const within = ({ maxOutputLength }: Bounds): ZstdBounds =>
    windowLogMax === undefined
      ? { maxOutputLength }
      : { maxOutputLength, params: { [windowLogMax]: ZSTD_WINDOW_LOG } };
  return {
    compressNow: (body) => zstdCompressSync(body),
    compress: (body) => later((done) => zstdCompress(body, done)),
    expandNow: (body, bounds) => zstdDecompressSync(body, within(bounds)),
    expand: (body, bounds) => later((done) => zstdDecompress(body, within(bounds), done)),
  };
}

/** What this Node can, the best first. */
export function availableCoders(): ReadonlyMap<string, Coder> {
  const zstd = zstdOf(zlib as Zstd);
  return new Map([...(zstd === undefined ? [] : [["zstd", zstd] as const]), ["gzip", gzip]]);
}

function later(run: (done: Callback) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    run((error, result) => (error === null ? resolve(result) : reject(error)));
  });
}
