import type { Clock } from "../clock.js";
import { RpcError } from "../errors.js";
import { Supervisor } from "../supervisor.js";
import { closedError } from "./closed-error.js";
import { CredentialRenewal, notNewer } from "./credential-renewal.js";

/** One open connection with a broker, as a driver has it; when it is lost, there will be another object. */
export interface DriverLink {
  /** Who hears of it from now on. Tells at once if it is lost already. */
  watch(events: DriverLinkEvents): void;
  /** Says goodbye, then hangs up, within a bounded time. Never rejects. */
  close(): Promise<void>;
  /** Hangs up. Nobody hears of it any more. */
  destroy(): void;
  /** When the credentials that it was made with end, in milliseconds since 1970. @default never */
  readonly expiresAtMs?: number | undefined;
  /**
   * Gets new credentials and has the broker take them. Resolves with when these end; settles when the connection goes.
   * Undefined where the broker cannot be told: then a new connection takes the place of this one in time.
   * @throws {RpcError}
   */
  readonly renew?: (() => Promise<number | undefined>) | undefined;
}

export interface DriverLinkEvents {
  /** The connection went by itself. At most once. */
  onLost(reason: RpcError): void;
  /** The broker takes no messages on it, or takes them again. */
  onBlocked(blocked: boolean, reason: string): void;
}

/** Somebody who needs something open on the connection, whichever it is just now. Its methods must not throw. */
export interface Tenant<Link> {
  /** A connection is up. */
  linkUp(link: Link): void;
  /** It is gone, and with it all channels. */
  linkDown(reason: RpcError): void;
  /** There will be none: the broker cannot be had as configured. */
  linkFailed(reason: RpcError): void;
  /** It is about to be closed: finishes what it has begun, within a time of its own. Never rejects. */
  drain(): Promise<void>;
}

/** One attempt to make a connection. */
export interface Attempt {
  /** Aborted when nobody wants it any more. */
  readonly signal: AbortSignal;
  /** To be told how far it has come, for people: `host:5672 has not opened the connection yet`. */
  onProgress(text: string): void;
}

export interface SupervisedConnectionOptions<Endpoint, Link> {
  readonly clock: Clock;
  readonly endpoints: readonly Endpoint[];
  /**
   * How long whoever starts it waits, in milliseconds. What may pass, since a broker that is starting may say the same, is taken
   * for certain after a third of it.
   */
  readonly startTimeoutMs: number;
  /** Makes a connection. @throws {RpcError} Config = never as configured */
  dial(endpoint: Endpoint, attempt: Attempt): Promise<Link>;
  /** Lost, and being made anew. */
  onDown?(reason: RpcError): void;
  onAttemptFailed?(reason: RpcError): void;
  onFatal(reason: RpcError): void;
  onBlocked?(blocked: boolean, reason: string): void;
  /** Credentials that end could not be renewed yet. */
  onRenewalFailed?(reason: RpcError): void;
}

/** One connection that is kept up while it is wanted, and those who live on it. */
export class SupervisedConnection<Endpoint, Link extends DriverLink> {
  readonly #options: SupervisedConnectionOptions<Endpoint, Link>;
  readonly #supervisor: Supervisor<Endpoint, Link>;
  readonly #renewal: CredentialRenewal;
  readonly #tenants = new Set<Tenant<Link>>();
  #wanted = false;
  #blocked = false;
  #failure: RpcError | undefined;
  #progress: string | undefined;
  /** Where the connection that is up leads to. */
  #endpoint: Endpoint | undefined;
  /** The making of a connection that is to take its place. */
  #replacing: AbortController | undefined;

  constructor(options: SupervisedConnectionOptions<Endpoint, Link>) {
    this.#options = options;
    this.#supervisor = new Supervisor<Endpoint, Link>({
      clock: options.clock,
      endpoints: options.endpoints,
      doubtMs: options.startTimeoutMs / 3,
      connect: (endpoint, signal) => {
        this.#endpoint = endpoint;
        return options.dial(endpoint, this.#attempt(signal));
      },
      discard: (link) => link.destroy(),
      onUp: (link) => this.#onUp(link),
      onDown: (reason) => this.#onDown(reason),
      onFatal: (reason) => this.#onFatal(reason),
      onAttemptFailed: (reason) => this.#onAttemptFailed(reason),
    });
    this.#renewal = new CredentialRenewal({
      clock: options.clock,
      renew: () => this.#renew(),
      onFailed: (reason) => options.onRenewalFailed?.(reason),
      onExpired: (reason) => this.#onExpired(reason),
    });
  }

  /** Why it is not up, as far as known: the reason of its loss, or of the last attempt. */
  get failure(): RpcError | undefined {
    return this.#failure;
  }

  /** How far the attempt has come that is under way, if there is one. */
  get progress(): string | undefined {
    return this.#progress;
  }

  /** From now on it is wanted: connects as soon as there is a tenant. */
  start(): void {
    this.#wanted = true;
    if (this.#tenants.size > 0) this.#supervisor.start();
  }

  /** The broker is there: a pause between attempts ends now. */
  hurry(): void {
    this.#supervisor.hurry();
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
    this.#endRenewal();
    this.#progress = undefined;
    if (link === undefined) return undefined;
    this.#endBlocked();
    for (const tenant of [...this.#tenants]) tenant.linkDown(closedError());
    return link;
  }

  add(tenant: Tenant<Link>): void {
    this.#tenants.add(tenant);
    const link = this.#supervisor.connection;
    if (link !== undefined) tenant.linkUp(link);
    else if (this.#wanted) this.#supervisor.start();
  }

  remove(tenant: Tenant<Link>): void {
    this.#tenants.delete(tenant);
  }

  #attempt(signal: AbortSignal): Attempt {
    const onProgress = (text: string): void => {
      if (!signal.aborted) this.#progress = text;
    };
    return { signal, onProgress };
  }

  #onUp(link: Link): void {
    this.#failure = undefined;
    this.#progress = undefined;
    link.watch({
      onLost: (reason) => this.#supervisor.lost(link, reason),
      onBlocked: (blocked, reason) => this.#onBlocked(blocked, reason),
    });
    // It may have been lost before it was watched.
    if (this.#supervisor.connection !== link) return;
    this.#renewal.start(link.expiresAtMs);
    for (const tenant of [...this.#tenants]) tenant.linkUp(link);
  }

  async #renew(): Promise<number | undefined> {
    const link = this.#supervisor.connection;
    if (link === undefined) return undefined;
    return link.renew === undefined ? this.#replace(link) : link.renew();
  }

  /** What is sent is confirmed and what is settled is told before the tenants move: nothing is under way then. */
  async #replace(link: Link): Promise<number | undefined> {
    const replacing = new AbortController();
    this.#replacing = replacing;
    const { signal } = replacing;
    const next = await this.#options.dial(this.#endpoint as Endpoint, { signal, onProgress: () => {} });
    if (endsNoLater(next, link)) {
      next.destroy();
      throw notNewer();
    }
    if (!signal.aborted) await Promise.all([...this.#tenants].map((tenant) => tenant.drain()));
    if (signal.aborted || !this.#supervisor.replace(link, next)) {
      next.destroy();
      throw closedError();
    }
    this.#endBlocked();
    for (const tenant of [...this.#tenants]) tenant.linkDown(replaced());
    void link.close();
    this.#onUp(next);
    return next.expiresAtMs;
  }

  #endRenewal(): void {
    this.#renewal.stop();
    this.#replacing?.abort();
    this.#replacing = undefined;
  }

  /** The broker may not have noticed, or may not look; what is left is a new connection. */
  #onExpired(reason: RpcError): void {
    const link = this.#supervisor.connection;
    if (link === undefined) return;
    link.destroy();
    this.#supervisor.lost(link, reason);
  }

  #onDown(reason: RpcError): void {
    this.#endRenewal();
    this.#failure = reason;
    this.#endBlocked();
    for (const tenant of [...this.#tenants]) tenant.linkDown(reason);
    this.#options.onDown?.(reason);
  }

  #onAttemptFailed(reason: RpcError): void {
    this.#failure = reason;
    this.#progress = undefined;
    this.#options.onAttemptFailed?.(reason);
  }

  #onFatal(reason: RpcError): void {
    for (const tenant of [...this.#tenants]) tenant.linkFailed(reason);
    this.#options.onFatal(reason);
  }

  #onBlocked(blocked: boolean, reason: string): void {
    this.#blocked = blocked;
    this.#options.onBlocked?.(blocked, reason);
  }

  #endBlocked(): void {
    if (this.#blocked) this.#onBlocked(false, "");
  }
}

/** Then one replacement would follow the other, in ever shorter pauses. */
function endsNoLater({ expiresAtMs: end }: DriverLink, { expiresAtMs: before }: DriverLink): boolean {
  return end !== undefined && before !== undefined && end <= before;
}

function replaced(): RpcError {
  return new RpcError("Closed", "the connection was made anew, since its credentials end", {
    executed: "maybe",
    retryable: true,
  });
}
