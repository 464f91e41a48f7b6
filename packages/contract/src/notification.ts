import { checkKnown } from "@porthos-rpc/protocol";
import { type Declaration, declare, type Given } from "./declaration.js";
import type { NoErrors } from "./declared-errors.js";
import type { Schema } from "./schema.js";

/** One request that nobody answers. */
export interface Notification<Input extends Schema | undefined = Schema | undefined> extends Declaration {
  readonly kind: "notification";
  readonly input: Input;
  readonly upload: undefined;
  readonly output: undefined;
  readonly result: undefined;
  readonly errors: NoErrors;
}

export interface NotificationOptions<Input extends Schema | undefined> {
  /** For people, and for the derived descriptions. At most 16 KiB. */
  readonly description?: string;
  /** What the caller passes. Without it the method takes nothing. */
  readonly input?: Input;
}

const WHERE = "notification";

/**
 * Declares a one-way method: the caller learns that the broker has taken it, and nothing else.
 * @throws {TypeError} at once for a wrong option, by name.
 */
export function notification<Input extends Schema | undefined = undefined>(
  options?: NotificationOptions<Input>,
): Notification<Given<Input>>;
export function notification(options: NotificationOptions<Schema> = {}): Notification {
  checkKnown(WHERE, options, ["description", "input"]);
  return declare(WHERE, "notification", options) as Notification;
}
