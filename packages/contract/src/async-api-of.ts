import { checkText, jsonCodec, wrong } from "@porthos-rpc/protocol";
import { type Messages, messagesOf } from "./async-api-messages.js";
import { operationsOf } from "./async-api-operations.js";
import { type AnyContract, methodsOf, serviceOf } from "./contract.js";
import type { JsonObject } from "./json-object.js";
import { checkJsonSchemaOptions, type JsonSchemaOptions } from "./json-schema.js";

/** A broker that carries a service (AsyncAPI 3.0, "Server Object"). */
export interface AsyncApiServer {
  /** Host, and port if it is not the protocol's. */
  readonly host: string;
  /** `amqp`, `amqps`, `amqp1`, ... */
  readonly protocol: string;
  readonly protocolVersion?: string;
  /** The virtual host. */
  readonly pathname?: string;
  readonly description?: string;
}

export interface AsyncApiOptions extends JsonSchemaOptions {
  /** @default the service's name */
  readonly title?: string;
  /** Of the contract, as people count it. @default "0.0.0" */
  readonly version?: string;
  /** The brokers that carry it, by name. @default none */
  readonly servers?: { readonly [name: string]: AsyncApiServer };
}

/** @see https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export interface AsyncApiDocument {
  readonly asyncapi: "3.0.0";
  readonly info: { readonly title: string; readonly version: string };
  readonly servers?: { readonly [name: string]: AsyncApiServer };
  readonly defaultContentType: string;
  readonly channels: { readonly [id: string]: JsonObject };
  readonly operations: { readonly [id: string]: JsonObject };
}

const WHERE = "asyncApiOf";

/**
 * A contract as an AsyncAPI 3.0 document, from the service's point of view: it receives requests from its queue, and
 * replies to the address that each of them names. JSON Schemas are draft 7, which AsyncAPI's own schemas are made of.
 * @throws {TypeError} for what is no contract, and for a wrong option, by name.
 */
export function asyncApiOf(contract: AnyContract, options: AsyncApiOptions = {}): AsyncApiDocument {
  checkJsonSchemaOptions(WHERE, options, ["title", "version", "servers"]);
  const { title = serviceOf(contract), version = "0.0.0", servers } = options;
  if (servers !== undefined && (typeof servers !== "object" || servers === null)) {
    throw wrong(WHERE, "servers", "an object of servers by name", servers);
  }
  return {
    asyncapi: "3.0.0",
    info: {
      title: checkText(WHERE, "title", title, 1_000),
      version: checkText(WHERE, "version", version, 255),
    },
    ...(servers === undefined ? {} : { servers }),
    defaultContentType: jsonCodec.contentType,
    channels: channelsOf(serviceOf(contract), messagesOf(contract, options)),
    operations: operationsOf(methodsOf(contract)),
  };
}

function channelsOf(service: string, messages: Messages): AsyncApiDocument["channels"] {
  const { requests, replies, uploads } = messages;
  return {
    requests: {
      address: service,
      description: "The queue of the service.",
      messages: requests,
      bindings: { amqp: amqpQueue(service) },
    },
    replies: { address: null, description: "The inbox of whoever called.", messages: replies },
    ...(Object.keys(uploads).length === 0
      ? {}
      : {
          uploads: {
            address: null,
            description:
              "The inbox of the server that runs a stream, as its first message to the caller names it.",
            messages: uploads,
          },
        }),
  };
}

/** The service's queue as every peer declares it (docs/wire.md). */
function amqpQueue(service: string): JsonObject {
  const queue = { name: service, durable: true, exclusive: false, autoDelete: false };
  return { is: "queue", queue, bindingVersion: "0.3.0" };
}
