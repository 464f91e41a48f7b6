/*
 * Keys of messages. What is not a request has its kind in front, so that no two have the same: a method's name may be
 * any text, but a reason has no dot.
 */
export const PROBLEM_KEY = "problem";

export function replyKey(method: string): string {
  return `reply.${method}`;
}

export function itemsKey(method: string): string {
  return `items.${method}`;
}

export function errorKey(method: string, reason: string): string {
  return `error.${reason}.${method}`;
}

/** Where a request names the address for its reply. */
export const REPLY_TO = "$message.header#/replyTo";

/** Where a message names the call that it is of. */
export const CORRELATION_ID: { readonly location: string } = { location: "$message.header#/correlationId" };
