/*
 * The correlation id of a request is its caller's to choose (docs/wire.md). Ours says who asks and until when he waits, so
 * that neither costs a header: `<32 hex digits>.<number>.<deadline>`, number and deadline (epoch ms by the caller's
 * clock) in base 36. The 128 random bits are the caller's own: nobody else can make, or guess, his ids.
 */

const CALLER_LENGTH = 32;
const RADIX = 36;
/** Of any length that a safe integer has in base 36. */
const FORM = /^[0-9a-f]{32}\.[1-9a-z][0-9a-z]{0,9}\.[1-9a-z][0-9a-z]{0,9}$/;

/** The first part of all ids of one caller. */
export function randomCaller(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(CALLER_LENGTH / 2));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function callId(caller: string, number: number, deadlineEpochMs: number): string {
  return `${caller}.${number.toString(RADIX)}.${Math.round(deadlineEpochMs).toString(RADIX)}`;
}

export interface CallId {
  readonly caller: string;
  readonly number: number;
  readonly deadlineEpochMs: number;
}

/** Whether an id is of ours, so that no other call has it. */
export function isCallId(id: string | undefined): id is string {
  return id !== undefined && FORM.test(id);
}

/** What an id says; undefined for one that is not of ours: a peer of version 1 may use its ids again. */
export function readCallId(id: string | undefined): CallId | undefined {
  if (!isCallId(id)) return undefined;
  const second = id.indexOf(".", CALLER_LENGTH + 1);
  return {
    caller: id.slice(0, CALLER_LENGTH),
    number: Number.parseInt(id.slice(CALLER_LENGTH + 1, second), RADIX),
    deadlineEpochMs: Number.parseInt(id.slice(second + 1), RADIX),
  };
}
