import type { Clock } from "./clock.js";
import { type ComposedWire, checkExtension, checkNeeds, composeWire, composeWraps } from "./compose.js";
import { RpcError } from "./errors.js";
import type { Events } from "./events.js";
import {
  CLIENT_PHASES,
  type ClientCall,
  type ClientEvents,
  type ClientPhase,
  type Extension,
  type ExtensionHost,
  type ExtensionPart,
  type MaybePromise,
  SERVER_PHASES,
  type ServerCall,
  type ServerEvents,
  type ServerPhase,
} from "./extension.js";
import type { Transport } from "./transport.js";
import type { ResponseEnvelope } from "./wire.js";

/** How long an extension may take to stop: a shipper to flush. */
const STOP_MS = 5_000;

/** What differs between the two sides that an extension can have a part on. */
export interface ExtensionSides {
  readonly client: { readonly call: ClientCall; readonly events: ClientEvents; readonly phase: ClientPhase };
  readonly server: { readonly call: ServerCall; readonly events: ServerEvents; readonly phase: ServerPhase };
}

type PartOf<S extends keyof ExtensionSides> = ExtensionPart<
  ExtensionSides[S]["call"],
  ExtensionSides[S]["events"],
  ExtensionSides[S]["phase"]
>;

type Observer = (event: unknown) => unknown;

interface Installed<S extends keyof ExtensionSides> {
  readonly extension: Extension;
  readonly part: PartOf<S>;
}

/**
 * The extensions of one client or server: checked when they are added, observing and composed from the start on,
 * stopped in reverse order.
 */
export class ExtensionSet<S extends keyof ExtensionSides> {
  readonly #where: string;
  readonly #side: S;
  readonly #events: Events<ExtensionSides[S]["events"]>;
  readonly #extensions: Extension[] = [];
  readonly #started: (Installed<S> & { readonly stopObserving: () => void })[] = [];
  #clock: Clock | undefined;
  /** Counts the stops, so that a start that is under way notices one. */
  #stops = 0;

  /** @param where how errors name the host, e.g. `createServer` */
  constructor(where: string, side: S, events: Events<ExtensionSides[S]["events"]>) {
    this.#where = where;
    this.#side = side;
    this.#events = events;
  }

  /** @throws {TypeError} for what is no extension, has the name of another, or wraps in an unknown phase. */
  add(extension: Extension): void {
    checkExtension(this.#where, extension, this.#side, this.#phases(), this.#extensions);
    this.#extensions.push(extension);
  }

  get size(): number {
    return this.#extensions.length;
  }

  /** Whether any of them needs something of the transport, so that its features have to be known before the start. */
  get needsFeatures(): boolean {
    return this.#extensions.some((extension) => (extension.needs?.length ?? 0) > 0);
  }

  /** Whether any of them acts around calls. */
  get isWrapping(): boolean {
    return this.#installed().some(({ part }) => part.wrap !== undefined);
  }

  /** One function around `innermost`; `innermost` itself if nothing wraps. */
  compose(
    innermost: (call: ExtensionSides[S]["call"]) => MaybePromise<ResponseEnvelope>,
  ): (call: ExtensionSides[S]["call"]) => MaybePromise<ResponseEnvelope> {
    const wraps = this.#installed().flatMap(({ part }) => (part.wrap === undefined ? [] : [part.wrap]));
    return composeWraps<ExtensionSides[S]["call"], string>(wraps, this.#phases(), innermost);
  }

  /** Both directions of the message wraps. */
  composeWire(): ComposedWire {
    return composeWire(this.#installed().flatMap(({ part }) => (part.wire === undefined ? [] : [part.wire])));
  }

  /**
   * Subscribes the observers and starts each extension, in order. If one fails, those already started are stopped.
   * @throws {TypeError} when one of the transports lacks what one needs; whatever a `start` throws.
   * @throws {RpcError} Closed when it is stopped meanwhile.
   */
  async start(transports: readonly Transport[], host: ExtensionHost): Promise<void> {
    for (const transport of transports) checkNeeds(this.#where, this.#extensions, transport);
    this.#clock = host.clock;
    const stops = this.#stops;
    try {
      for (const installed of this.#installed()) {
        await installed.part.start?.(host);
        this.#started.push({ ...installed, stopObserving: this.#observe(installed) });
        if (stops !== this.#stops) throw new RpcError("Closed", "closed while its extensions were starting");
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * Stops what was started, in reverse order. What one throws is reported and does not keep the others, and one that
   * takes longer than 5 s is not waited for. Never rejects.
   */
  async stop(): Promise<void> {
    this.#stops++;
    for (let started = this.#started.pop(); started !== undefined; started = this.#started.pop()) {
      try {
        await this.#bounded(started.part.stop?.());
      } catch (error) {
        this.#report(started.extension.name, "stop", error);
      }
      started.stopObserving();
    }
  }

  /** @throws {Error} when it takes too long. */
  async #bounded(stopping: MaybePromise<void> | undefined): Promise<void> {
    if (!(stopping instanceof Promise) || this.#clock === undefined) return;
    let stopTimer = (): void => {};
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`it did not stop within ${STOP_MS} ms`);
      stopTimer = this.#clock?.after(STOP_MS, () => reject(error)) ?? stopTimer;
    });
    await Promise.race([stopping, late]).finally(stopTimer);
  }

  /** Returns the function that stops it. */
  #observe({ extension, part }: Installed<S>): () => void {
    const observers = Object.entries(part.observe ?? {}) as [string, unknown][];
    const stops = observers.flatMap(([event, observer]) => {
      if (!isObserver(observer)) return [];
      const report = (error: unknown): void => this.#report(extension.name, event, error);
      const guarded = (payload: unknown): void => {
        try {
          const returned = observer.call(part.observe, payload);
          if (returned instanceof Promise) returned.catch(report);
        } catch (error) {
          report(error);
        }
      };
      return [this.#events.on(event as never, guarded as never)];
    });
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** An observer of `extensionError` that throws is not reported again: that would never end. */
  #report(extension: string, during: string, error: unknown): void {
    if (during === "extensionError") return;
    this.#events.emit("extensionError" as never, { extension, during, error } as never);
  }

  #installed(): Installed<S>[] {
    return this.#extensions.flatMap((extension) => {
      const part = extension[this.#side] as PartOf<S> | undefined;
      return part === undefined ? [] : [{ extension, part }];
    });
  }

  #phases(): readonly string[] {
    return this.#side === "client" ? CLIENT_PHASES : SERVER_PHASES;
  }
}

function isObserver(value: unknown): value is Observer {
  return typeof value === "function";
}
