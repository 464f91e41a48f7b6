import { checkText, type JsonSchema, wrong } from "@porthos-rpc/protocol";
import { type AnyContract, methodsOf, serviceOf } from "./contract.js";
import { checkJsonSchemaOptions, type JsonSchemaOptions } from "./json-schema.js";
import { type OpenRpcMethod, openRpcMethod } from "./open-rpc-method.js";
import { OpenRpcSchemas } from "./open-rpc-schemas.js";

/** Where a service can be reached (OpenRPC 1.3, "Server Object"). */
export interface OpenRpcServer {
  readonly url: string;
  readonly name?: string;
  readonly description?: string;
}

export interface OpenRpcOptions extends JsonSchemaOptions {
  /** @default the service's name */
  readonly title?: string;
  /** Of the contract, as people count it. @default "0.0.0" */
  readonly version?: string;
  /** The brokers that carry it. @default none */
  readonly servers?: readonly OpenRpcServer[];
}

/** @see https://spec.open-rpc.org */
export interface OpenRpcDocument {
  readonly openrpc: "1.3.2";
  readonly info: { readonly title: string; readonly version: string };
  readonly servers?: readonly OpenRpcServer[];
  readonly methods: readonly OpenRpcMethod[];
  /** Schemas that refer to themselves. */
  readonly components?: { readonly schemas: { readonly [key: string]: JsonSchema } };
}

const WHERE = "openRpcOf";

/**
 * A contract as an OpenRPC 1.3 document. A request's body is what JSON-RPC calls `params`: the properties of an object
 * are parameters by name, the parts of a tuple parameters by position, and any other body is the one parameter `input`.
 * Notifications have no result. What OpenRPC has no word for is in `x-porthos-` members: streams, and the data of
 * errors.
 * @throws {TypeError} for what is no contract, and for a wrong option, by name.
 */
export function openRpcOf(contract: AnyContract, options: OpenRpcOptions = {}): OpenRpcDocument {
  checkJsonSchemaOptions(WHERE, options, ["title", "version", "servers"]);
  const { title = serviceOf(contract), version = "0.0.0", servers } = options;
  if (servers !== undefined && !Array.isArray(servers))
    throw wrong(WHERE, "servers", "an array of servers", servers);
  const schemas = new OpenRpcSchemas(options);
  const methods = Array.from(methodsOf(contract).values(), (method) => openRpcMethod(method, schemas));
  const { components } = schemas;
  return {
    openrpc: "1.3.2",
    info: {
      title: checkText(WHERE, "title", title, 1_000),
      version: checkText(WHERE, "version", version, 255),
    },
    ...(servers === undefined ? {} : { servers }),
    methods,
    ...(components === undefined ? {} : { components }),
  };
}
