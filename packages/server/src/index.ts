/**
 * The serving side of Porthos.
 * @packageDocumentation
 */
export {
  type BodySpec,
  bodySpecFromArray,
  bodySpecFromSchema,
  type Executed,
  type MethodSpec,
  RpcError,
  type RpcErrorCode,
} from "@porthos-rpc/protocol";
export type { CallContext } from "./call-context.js";
export type { Handler } from "./handler.js";
export type { ContractServerOptions, ServerOptions } from "./options.js";
export type { Request } from "./request.js";
export type { Response } from "./response.js";
export { createServer, type Server, type ServerHandlers } from "./server.js";
export type { StreamHandler } from "./stream-handler.js";
