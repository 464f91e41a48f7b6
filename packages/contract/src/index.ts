/**
 * Service contracts: what both ends of a call share, over any Standard Schema, and what is derived from it.
 * @packageDocumentation
 */
export {
  type AsyncApiDocument,
  type AsyncApiOptions,
  type AsyncApiServer,
  asyncApiOf,
} from "./async-api-of.js";
export { type BytesSchema, bytes, isBytes } from "./bytes.js";
export {
  type AnyContract,
  type AnyMethod,
  type Contract,
  contract,
  isContract,
  type MethodRecord,
  type MethodsIn,
  methodsOf,
  serviceOf,
} from "./contract.js";
export {
  ContractError,
  type ErrorOf,
  type ErrorsOf,
  isContractError,
  type ReasonOf,
} from "./contract-error.js";
export type { ErrorDeclaration, ErrorDeclarations, NoErrors } from "./declared-errors.js";
export { type ContractErrorOptions, type ErrorFactories, errorFactories } from "./error-factories.js";
export type { HandlerContext, HandlerReturn, Handlers, MethodHandler } from "./handlers.js";
export { describeIssues } from "./issues.js";
export type { JsonSchemaOptions, WantedJsonSchema } from "./json-schema.js";
export { type JsonSchemaDocument, jsonSchemaOf } from "./json-schema-of.js";
export { type Method, type MethodOptions, method } from "./method.js";
export { methodHash } from "./method-hash.js";
export type {
  InputArgs,
  InputOf,
  ItemOf,
  ItemReturnOf,
  OutputOf,
  ReceivedOf,
  ReturnOf,
  SentOf,
  UploadReceivedOf,
  UploadSentOf,
} from "./method-types.js";
export type { CalledMethod, ItemStream, Items, Methods } from "./methods.js";
export { type Notification, type NotificationOptions, notification } from "./notification.js";
export { type OpenRpcDocument, type OpenRpcOptions, type OpenRpcServer, openRpcOf } from "./open-rpc-of.js";
export { type Misfit, parser } from "./parser.js";
export { type ContractProblem, contractErrorFromProblem, contractErrorToProblem } from "./problem.js";
export type { Schema } from "./schema.js";
export { checkService, checkWithoutContract } from "./service-option.js";
export { specsOf } from "./specs-of.js";
export {
  type ClientStreamOptions,
  type ServerStreamOptions,
  type StreamMethod,
  stream,
  type TwoWayStreamOptions,
} from "./stream.js";
export { type Issue, type Validated, validate } from "./validate.js";
export { checkValidation, type Validation } from "./validation.js";
