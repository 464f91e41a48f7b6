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
export type { ServerOptions } from "./options.js";
export type { Handler } from "./registry.js";
export type { Request } from "./request.js";
export type { Response } from "./response.js";
export { createServer, type Server } from "./server.js";
