/**
 * The calling side of Porthos.
 * @packageDocumentation
 */
export { type Executed, RpcError, type RpcErrorCode } from "@porthos-rpc/protocol";
export type { CallBuilder } from "./call-builder.js";
export type { CallOptions } from "./call-options.js";
export { type Client, createClient } from "./client.js";
export type { ClientOptions } from "./options.js";
export type { Response } from "./response.js";
export type { Slot } from "./slot.js";
