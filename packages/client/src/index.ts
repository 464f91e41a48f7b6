/**
 * The calling side of Porthos.
 * @packageDocumentation
 */
export { type Executed, RpcError, type RpcErrorCode } from "@porthos-rpc/protocol";
export type { CallBuilder } from "./call-builder.js";
export type { CallHeaders } from "./call-headers.js";
export type { CallOptions, OneWayOptions, StreamOptions } from "./call-options.js";
export { type Client, type ClientMethods, createClient } from "./client.js";
export type { ClientOptions, ContractClientOptions } from "./options.js";
export type { Response } from "./response.js";
export type { Slot } from "./slot.js";
