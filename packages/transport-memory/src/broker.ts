import type { Clock, Transport } from "@porthos-rpc/protocol";
import { Addresses } from "./addresses.js";
import { Connection, type ConnectionOwner } from "./connection.js";
import { createEngine, type Engine } from "./engine.js";
import { unavailable } from "./errors.js";
import type { BrokerSettings } from "./options.js";
import type { QueueState } from "./queue.js";

/**
 * A broker inside the process, and what can happen to one: for tests of what the code above it makes of that.
 * Each verb has happened when it returns; what it means for messages is told in the next turn of the event loop.
 */
export interface MemoryBroker {
  /** Goes down as for a restart: all connections are lost; durable messages in queues are kept, others are gone. */
  stop(): void;
  /** Is there again; transports find it by themselves, within 200 ms. A new broker is started. */
  start(): void;
  /**
   * Cuts the connection of a transport, or all connections. What was unsettled goes back to its queue; the transports
   * reconnect. Returns how many were cut: 0 also for a transport that is no memory transport on this broker.
   */
  disconnect(transport?: Transport): number;
  /** Takes no messages from now on (an alarm): sends wait. What is in queues is delivered. */
  block(reason?: string): void;
  /** Takes messages again, first those that waited. */
  unblock(): void;
  /** Deletes a queue with all that it holds; its consumers are told, and declare it again. False: no such queue. */
  deleteQueue(name: string): boolean;
  /** What is in a queue; undefined: no such queue. */
  queue(name: string): QueueState | undefined;
}

/** The broker as transports know it. */
export class Broker implements MemoryBroker {
  readonly engine: Engine;
  readonly addresses: Addresses;
  readonly #connections = new Set<Connection>();
  #running = true;
  #blockedBy: string | undefined;

  constructor(settings: BrokerSettings) {
    this.engine = createEngine(settings);
    this.addresses = new Addresses(this.engine);
  }

  get clock(): Clock {
    return this.engine.settings.clock;
  }

  /** Why it takes no messages; undefined = it takes them. */
  get blockedBy(): string | undefined {
    return this.#blockedBy;
  }

  /** @throws {RpcError} Unavailable while it is stopped. */
  connect(owner: ConnectionOwner): Connection {
    if (!this.#running) throw unavailable("the broker is stopped");
    const connection = new Connection(this, owner);
    this.#connections.add(connection);
    return connection;
  }

  /** A connection has ended. */
  disconnected(connection: Connection): void {
    this.#connections.delete(connection);
    // What is still under way has no receiver, and must not hold a timer.
    if (this.#connections.size === 0) this.engine.line?.clear();
  }

  stop(): void {
    this.#running = false;
    this.#cut("the broker was stopped");
    this.addresses.keepDurable();
  }

  start(): void {
    this.#running = true;
  }

  disconnect(transport?: Transport): number {
    return this.#cut("the connection was cut", transport);
  }

  block(reason = "the broker is blocked"): void {
    this.#setBlocked(reason);
  }

  unblock(): void {
    this.#setBlocked(undefined);
  }

  deleteQueue(name: string): boolean {
    return this.addresses.deleteQueue(name);
  }

  queue(name: string): QueueState | undefined {
    return this.addresses.queue(name)?.state;
  }

  #cut(why: string, transport?: Transport): number {
    const connections = [...this.#connections].filter(
      (each) => transport === undefined || each.transport === transport,
    );
    for (const connection of connections) connection.cut(unavailable(why));
    return connections.length;
  }

  #setBlocked(reason: string | undefined): void {
    this.#blockedBy = reason;
    for (const connection of [...this.#connections]) connection.blockedChanged();
  }
}
