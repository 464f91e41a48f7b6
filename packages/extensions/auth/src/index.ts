/**
 * Who calls, and what he may: tokens verified on a server, and sent by a client.
 * @packageDocumentation
 */
export { auth } from "./auth.js";
export { type BearerOptions, bearer } from "./bearer.js";
export { type Caller, caller } from "./caller.js";
export type { AuthOptions, AuthSettings, TrustedKeys } from "./options.js";
export type { Policy, PolicyRule } from "./policy.js";
