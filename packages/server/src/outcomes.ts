import { type CallId, headerBytes, type ReadonlyHeaders, type ResponseEnvelope } from "@porthos-rpc/protocol";
import { BodyRing } from "./body-ring.js";

/** Answers that are kept for requests that come again; the oldest go first. */
export const MAX_KEPT: number = 10_000;
/** Of bodies and headers. */
export const MAX_KEPT_BYTES: number = 8 * 1024 * 1024;
/** More buckets than there are rows: so many bits of a hash of 32. */
const BUCKET_BITS = 14;
const BUCKETS = 2 ** BUCKET_BITS;
const NONE = -1;

/** One whose answers are kept. */
interface Caller {
  readonly name: string;
  /** Spread the numbers and tags of his calls. By chance, since ids are a stranger's to choose: so that he cannot have all in one bucket. */
  readonly multiplier: number;
  readonly highMultiplier: number;
  readonly tagMultiplier: number;
  readonly highTagMultiplier: number;
  kept: number;
}

/**
 * The answers of late, by their requests' ids: what was answered and comes again, by whatever connection, transport or reply
 * address, gets its answer and does not run again.
 *
 * Each answer is kept and hardly one is ever asked for. So they are rows of numbers, found by hash chains, and one ring of bytes:
 * in a Map, thousands of entries that live just so long that they get old cost the garbage collector as much as the rest of the call.
 */
export class Outcomes {
  readonly #callers = new Map<string, Caller>();
  /** Of each bucket the row that was written last, and of each row the one before it in its bucket. */
  readonly #heads = new Int32Array(BUCKETS).fill(NONE);
  readonly #before = new Int32Array(MAX_KEPT);
  readonly #callerOf: Caller[] = [];
  readonly #numberOf = new Float64Array(MAX_KEPT);
  /** Whoever knows another id of the same caller knows none of these. */
  readonly #tagOf = new Float64Array(MAX_KEPT);
  readonly #statusOf: number[] = [];
  readonly #contentTypeOf: (string | undefined)[] = [];
  readonly #headersOf: (ReadonlyHeaders | undefined)[] = [];
  readonly #startOf = new Float64Array(MAX_KEPT);
  readonly #lengthOf = new Int32Array(MAX_KEPT);
  readonly #bodies = new BodyRing(MAX_KEPT_BYTES);
  /** The oldest answer and the next one, both counted without end; the row is the remainder. */
  #oldest = 0;
  #next = 0;

  /** What the request of this id was answered, if it was of late. */
  get(id: CallId | undefined): ResponseEnvelope | undefined {
    const row = id === undefined ? NONE : this.#find(id);
    if (row === NONE) return undefined;
    return {
      statusCode: this.#statusOf[row] as number,
      contentType: this.#contentTypeOf[row],
      body: this.#bodies.read(this.#startOf[row] as number, this.#lengthOf[row] as number),
      headers: this.#headersOf[row],
    };
  }

  /** The request ran, and this is its answer. One that did not run may do so when it comes again: nothing is kept of it. */
  keep(id: CallId, { statusCode, contentType, body, headers }: ResponseEnvelope): void {
    if (body.length > MAX_KEPT_BYTES || this.#find(id) !== NONE) return;
    const start = this.#makeRoom(body, headers === undefined ? 0 : headerBytes(headers));
    const row = this.#next++ % MAX_KEPT;
    this.#index(row, id);
    this.#statusOf[row] = statusCode;
    this.#contentTypeOf[row] = contentType;
    this.#headersOf[row] = headers;
    this.#startOf[row] = start;
    this.#lengthOf[row] = body.length;
  }

  #find({ caller: name, number, tag }: CallId): number {
    const caller = this.#callers.get(name);
    if (caller === undefined) return NONE;
    let row = this.#heads[bucketOf(caller, number, tag)] as number;
    while (row !== NONE && !this.#is(row, caller, number, tag)) row = this.#before[row] as number;
    return row;
  }

  #is(row: number, caller: Caller, number: number, tag: number): boolean {
    return this.#numberOf[row] === number && this.#tagOf[row] === tag && this.#callerOf[row] === caller;
  }

  /** @returns where the body is now */
  #makeRoom(body: Uint8Array, headerBytes: number): number {
    if (this.#next - this.#oldest === MAX_KEPT) this.#forgetOldest();
    const start = this.#bodies.write(body, headerBytes);
    const { firstKept } = this.#bodies;
    while (this.#oldest < this.#next && (this.#startOf[this.#oldest % MAX_KEPT] as number) < firstKept) {
      this.#forgetOldest();
    }
    return start;
  }

  #index(row: number, { caller: name, number, tag }: CallId): void {
    let caller = this.#callers.get(name);
    if (caller === undefined) {
      caller = newCaller(name);
      this.#callers.set(name, caller);
    }
    caller.kept++;
    this.#callerOf[row] = caller;
    this.#numberOf[row] = number;
    this.#tagOf[row] = tag;
    const bucket = bucketOf(caller, number, tag);
    this.#before[row] = this.#heads[bucket] as number;
    this.#heads[bucket] = row;
  }

  #forgetOldest(): void {
    const row = this.#oldest++ % MAX_KEPT;
    this.#contentTypeOf[row] = undefined;
    this.#headersOf[row] = undefined;
    const caller = this.#callerOf[row] as Caller;
    if (--caller.kept === 0) this.#callers.delete(caller.name);
    const bucket = bucketOf(caller, this.#numberOf[row] as number, this.#tagOf[row] as number);
    // The oldest of its bucket is the last of its chain.
    let later = NONE;
    let at = this.#heads[bucket] as number;
    while (at !== row) {
      later = at;
      at = this.#before[at] as number;
    }
    if (later === NONE) this.#heads[bucket] = NONE;
    else this.#before[later] = NONE;
  }
}

/** A multiplicative hash: of any two ids of a caller the chance to share a bucket is about that of two by chance. */
function bucketOf(caller: Caller, number: number, tag: number): number {
  const ofNumber = Math.imul(number, caller.multiplier) + Math.imul(number / 2 ** 32, caller.highMultiplier);
  const ofTag = Math.imul(tag, caller.tagMultiplier) + Math.imul(tag / 2 ** 32, caller.highTagMultiplier);
  return (ofNumber + ofTag) >>> (32 - BUCKET_BITS);
}

function newCaller(name: string): Caller {
  return {
    name,
    multiplier: randomOdd(),
    highMultiplier: randomOdd(),
    tagMultiplier: randomOdd(),
    highTagMultiplier: randomOdd(),
    kept: 0,
  };
}

function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 31) * 2 + 1;
}
