/**
 * Porthos over AMQP 1.0: RabbitMQ, ActiveMQ Artemis, Qpid Broker-J.
 * @packageDocumentation
 */
import type { Transport } from "@porthos-rpc/protocol";
import { lanesOfRhea } from "./lane-rhea.js";
import { type Amqp10Options, readOptions } from "./options.js";
import { Amqp10Transport } from "./transport.js";

export type {
  CredentialFunction,
  Credentials,
  IssuedCredentials,
  SaslMode,
  TlsOptions as Amqp10TlsOptions,
} from "@porthos-rpc/protocol/driver";
export type { Amqp10Options, QueueMode } from "./options.js";

/**
 * A transport over AMQP 1.0. Makes no connection before it is used (`ready`, `acquire`, `consume`, `openInbox`,
 * `subscribe`), then up to two: one for what it sends, and one for what it receives, so that a broker that blocks its
 * senders (RabbitMQ stops reading from them while memory or disk run out, and says nothing) still hears what is
 * settled, and delivers. What the broker can do is in `features` after `ready()`: it differs between brokers.
 * @throws {TypeError} for an option that is unknown, of a wrong kind or out of bounds, and for a URL without
 * credentials that does not point to this machine.
 */
export function amqp10(options: Amqp10Options): Transport {
  const settings = readOptions(options);
  return new Amqp10Transport(settings, lanesOfRhea(settings.clock, settings.connectTimeoutMs));
}
