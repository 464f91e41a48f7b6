/**
 * Porthos over AMQP 0-9-1: RabbitMQ, and brokers that speak its dialect.
 * @packageDocumentation
 */
import type { Transport } from "@porthos-rpc/protocol";
import { lanesOfAmqplib } from "./lane-amqplib.js";
import { type Amqp091Options, readOptions } from "./options.js";
import { Amqp091Transport } from "./transport.js";

export type {
  CredentialFunction,
  Credentials,
  IssuedCredentials,
  SaslMode,
  TlsOptions as Amqp091TlsOptions,
} from "@porthos-rpc/protocol/driver";
export type { Amqp091Options, QueueMode } from "./options.js";

/**
 * A transport over AMQP 0-9-1. Makes no connection before it is used (`ready`, `acquire`, `consume`, `openInbox`,
 * `subscribe`), then up to two: one for what it sends, and one for what it receives, so that a broker that blocks
 * its publishers (RabbitMQ does so while memory or disk run out) still delivers.
 * @throws {TypeError} for an option that is unknown, of a wrong kind or out of bounds, and for a URL without
 * credentials that does not point to this machine.
 */
export function amqp091(options: Amqp091Options): Transport {
  return new Amqp091Transport(readOptions(options), lanesOfAmqplib);
}
