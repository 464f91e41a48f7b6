import { checkInteger, checkKnown, checkOneOf, wrong } from "@porthos-rpc/protocol";
import { availableCoders, type Coder, type Encoding } from "./encodings.js";

export interface CompressionOptions {
  /** Bodies of fewer bytes are left as they are. 1 to 16,777,216. @default 1,024 */
  readonly minBytes?: number;
  /** What a body may have once it is unpacked: more is refused. 1 to 16,777,216. @default 1,048,576, as of clients and servers */
  readonly maxBodyBytes?: number;
  /** What is used, the best first. `zstd` needs Node 22.15. @default ["zstd", "gzip"], as far as this Node has them */
  readonly encodings?: readonly Encoding[];
  /**
   * On a client: when it compresses its requests. `never`; `known`: once an answer of the service has shown that it can read them, and as long as answers do;
   * `always`: then the service has to have this extension. @default "never"
   */
  readonly requests?: "never" | "known" | "always";
}

export interface CheckedCompressionOptions {
  readonly minBytes: number;
  readonly maxBodyBytes: number;
  /** In order of preference. */
  readonly coders: ReadonlyMap<string, Coder>;
  readonly requests: "never" | "known" | "always";
}

const WHERE = "compression";

/** As of bodies. */
const MAX_BYTES = 16_777_216;

/** @throws {TypeError} for a wrong option, by name. */
export function checkCompressionOptions(options: CompressionOptions): CheckedCompressionOptions {
  checkKnown(WHERE, options, ["minBytes", "maxBodyBytes", "encodings", "requests"]);
  return {
    minBytes: checkInteger(WHERE, "minBytes", options.minBytes, { min: 1, max: MAX_BYTES, fallback: 1_024 }),
    maxBodyBytes: checkInteger(WHERE, "maxBodyBytes", options.maxBodyBytes, {
      min: 1,
      max: MAX_BYTES,
      fallback: 1_048_576,
    }),
    coders: checkEncodings(options.encodings),
    requests: checkOneOf(WHERE, "requests", options.requests, ["never", "known", "always"], "never"),
  };
}

function checkEncodings(given: unknown): ReadonlyMap<string, Coder> {
  const available = availableCoders();
  if (given === undefined) return available;
  const expected = `a list of ${[...available.keys()].join(" and ")}, which this Node has`;
  if (!Array.isArray(given) || given.length === 0) throw wrong(WHERE, "encodings", expected, given);
  const chosen = given.map((name: unknown): [string, Coder] => {
    const coder = typeof name === "string" ? available.get(name) : undefined;
    if (coder === undefined) throw wrong(WHERE, "encodings", expected, given);
    return [name as string, coder];
  });
  return new Map(chosen);
}
