import type { RpcError } from "@porthos-rpc/protocol";
import { Supervisor } from "@porthos-rpc/protocol/driver";
import { dial } from "./dial.js";
import type { Endpoint } from "./endpoint.js";
import { closedError } from "./errors.js";
import type { LaneDriver } from "./lane.js";
import type { Link } from "./link.js";
import type { Settings } from "./options.js";

/** Somebody who needs something open on the connection, whichever it is just now. Its methods must not throw. */
export interface Tenant {
  /** A connection is up. */
  linkUp(link: Link): void;
  /** It is gone, and with it all channels. */
  linkDown(reason: RpcError): void;
  /** There will be none: the broker cannot be had as configured. */
  linkFailed(reason: RpcError): void;
  /** It is about to be closed: finishes what it has begun, within a time of its own. Never rejects. */
  drain(): Promise<void>;
}

export interface ConnectionOptions {
  /** `publish`, `consume`: for the broker's list of connections. */
  readonly role: string;
  readonly settings: Settings;
  readonly driver: LaneDriver;
  /** Lost, and being made anew. */
  onDown?(reason: RpcError): void;
  onAttemptFailed?(reason: RpcError): void;
  onFatal(reason: RpcError): void;
}

/** One connection that is kept up while it is wanted, and those who live on it. */
export class SupervisedConnection {
  readonly #options: ConnectionOptions;
  readonly #supervisor: Supervisor<Endpoint, Link>;
  readonly #tenants = new Set<Tenant>();
  #wanted = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { settings, driver, role } = options;
    this.#supervisor = new Supervisor<Endpoint, Link>({
      clock: settings.clock,
      endpoints: settings.endpoints,
      connect: (endpoint, signal) => dial(endpoint, settings, driver, role, signal),
      discard: (link) => link.destroy(),
      onUp: (link) => this.#onUp(link),
      onDown: (reason) => this.#onDown(reason),
      onFatal: (reason) => this.#onFatal(reason),
      onAttemptFailed: (reason) => options.onAttemptFailed?.(reason),
    });
  }

  /** From now on it is wanted: connects as soon as there is a tenant. */
  start(): void {
    this.#wanted = true;
    if (this.#tenants.size > 0) this.#supervisor.start();
  }

  /** Graceful, within a bounded time. Tenants stay, and are told when it comes up again. Never rejects. */
  async stop(): Promise<void> {
    this.#wanted = false;
    await Promise.all([...this.#tenants].map((tenant) => tenant.drain()));
    await this.#leave()?.close();
  }

  /** At once, and without a goodbye. */
  abort(): void {
    this.#wanted = false;
    this.#leave()?.destroy();
  }

  #leave(): Link | undefined {
    const link = this.#supervisor.stop();
    if (link === undefined) return undefined;
    for (const tenant of [...this.#tenants]) tenant.linkDown(closedError());
    return link;
  }

  add(tenant: Tenant): void {
    this.#tenants.add(tenant);
    const link = this.#supervisor.connection;
    if (link !== undefined) tenant.linkUp(link);
    else if (this.#wanted) this.#supervisor.start();
  }

  remove(tenant: Tenant): void {
    this.#tenants.delete(tenant);
  }

  #onUp(link: Link): void {
    link.watch({ onLost: (lost, reason) => this.#supervisor.lost(lost, reason) });
    // It may have been lost before it was watched.
    if (this.#supervisor.connection !== link) return;
    for (const tenant of [...this.#tenants]) tenant.linkUp(link);
  }

  #onDown(reason: RpcError): void {
    for (const tenant of [...this.#tenants]) tenant.linkDown(reason);
    this.#options.onDown?.(reason);
  }

  #onFatal(reason: RpcError): void {
    for (const tenant of [...this.#tenants]) tenant.linkFailed(reason);
    this.#options.onFatal(reason);
  }
}
