import { decodeText } from "./text.js";

/*
 * The correlation id of a request is its caller's to choose (docs/wire.md). Ours says who asks and until when he waits, so
 * that neither costs a header: `<32 hex digits>.<number>.<deadline>.<tag>`, number, deadline (epoch ms by the caller's
 * clock) and tag in base 36. The 128 random bits are the caller's own, and go with all his calls; the 53 of the tag are that call's
 * alone: who has seen one id, as a service that is called does, cannot make, or guess, another.
 */

const CALLER_LENGTH = 32;
const RADIX = 36;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
/** What a safe integer has in base 36, with zeros before it: so there is one way to write a tag. */
const TAG_LENGTH = 11;
/** Numbers of any length that a safe integer has. */
const FORM = /^[0-9a-f]{32}\.[1-9a-z][0-9a-z]{0,9}\.[1-9a-z][0-9a-z]{0,9}\.[0-9a-z]{11}$/;

/** Made at a time: one by one, by `getRandomValues` and `toString`, each would cost more than the rest of its id. */
const TAGS_AT_A_TIME = 512;
const TAG_BITS = 53;
const LOW_DIGITS = 5;
const LOW_HALF = RADIX ** LOW_DIGITS;

/** The ids of one caller: no two are alike, and none is found by others. */
export class CallIds {
  readonly caller: string = randomCaller();
  #tags = "";
  #used = 0;
  #next = 1;

  make(deadlineEpochMs: number): string {
    const number = this.#next++;
    return `${this.caller}.${number.toString(RADIX)}.${Math.round(deadlineEpochMs).toString(RADIX)}.${this.#tag()}`;
  }

  /** Whether it is the caller and the number of one that was made. Nothing is kept of the tags. */
  hasMade({ caller, number }: CallId): boolean {
    return caller === this.caller && number >= 1 && number < this.#next;
  }

  #tag(): string {
    if (this.#used === this.#tags.length) {
      this.#tags = randomTags();
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += TAG_LENGTH;
    return this.#tags.slice(from, this.#used);
  }
}

/** One after the other. */
function randomTags(): string {
  const words = crypto.getRandomValues(new Uint32Array(2 * TAGS_AT_A_TIME));
  const text = new Uint8Array(TAGS_AT_A_TIME * TAG_LENGTH);
  for (let i = 0; i < TAGS_AT_A_TIME; i++) {
    const high = (words[2 * i] as number) >>> (64 - TAG_BITS);
    writeTag(text, i * TAG_LENGTH, high * 2 ** 32 + (words[2 * i + 1] as number));
  }
  return decodeText(text);
}

/** In two halves that are small integers: the remainder of a large one is slow. */
function writeTag(text: Uint8Array, start: number, tag: number): void {
  const high = Math.floor(tag / LOW_HALF);
  writeDigits(text, start, TAG_LENGTH - LOW_DIGITS, high);
  writeDigits(text, start + TAG_LENGTH - LOW_DIGITS, LOW_DIGITS, tag - high * LOW_HALF);
}

function writeDigits(text: Uint8Array, start: number, length: number, value: number): void {
  let rest = value | 0;
  for (let at = start + length - 1; at >= start; at--) {
    const next = (rest / RADIX) | 0;
    text[at] = DIGITS.charCodeAt(rest - next * RADIX);
    rest = next;
  }
}

/** The first part of all ids of one caller. */
function randomCaller(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(CALLER_LENGTH / 2));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export interface CallId {
  readonly caller: string;
  readonly number: number;
  readonly deadlineEpochMs: number;
  /** By chance: only who has seen the id knows it. */
  readonly tag: number;
}

/** Whether an id is of ours, so that no other call has it. */
export function isCallId(id: string | undefined): id is string {
  return id !== undefined && FORM.test(id);
}

/** What an id says; undefined for one that is not of ours: a peer of version 1 may use its ids again. */
export function readCallId(id: string | undefined): CallId | undefined {
  if (!isCallId(id)) return undefined;
  const second = id.indexOf(".", CALLER_LENGTH + 1);
  const third = id.indexOf(".", second + 1);
  return {
    caller: id.slice(0, CALLER_LENGTH),
    number: Number.parseInt(id.slice(CALLER_LENGTH + 1, second), RADIX),
    deadlineEpochMs: Number.parseInt(id.slice(second + 1, third), RADIX),
    tag: Number.parseInt(id.slice(third + 1), RADIX),
  };
}
