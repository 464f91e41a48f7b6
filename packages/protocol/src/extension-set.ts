import type { Clock } from "./clock.js";
import {
  type ComposedWire,
  checkExtension,
  checkNeeds,
  checkRequires,
  composeWire,
  composeWraps,
} from "./compose.js";
import { RpcError } from "./errors.js";
import type { Events } from "./events.js";
import {
  CLIENT_PHASES,
  type ClientCall,
  type ClientEvents,
  type ClientPhase,
  type Description,
  type Extension,
  type ExtensionDescription,
  type ExtensionEntry,
  type ExtensionHost,
  type ExtensionPart,
  type MaybePromise,
  SERVER_PHASES,
  type ServerCall,
  type ServerEvents,
  type ServerPhase,
} from "./extension.js";
import { MethodScope } from "./method-scope.js";
import type { Transport } from "./transport.js";
import type { ResponseEnvelope } from "./wire.js";

/** How long an extension may take to start: it holds the first calls, or the server's `listen`. */
const START_MS = 10_000;

/** How long an extension may take to stop: a shipper to flush. */
const STOP_MS = 5_000;

/** Of so many methods the composed function is kept; a client without a contract may call any number. */
const MAX_KEPT_METHODS = 1_000;

/** What differs between the two sides that an extension can have a part on. */
export interface ExtensionSides {
  readonly client: { readonly call: ClientCall; readonly events: ClientEvents; readonly phase: ClientPhase };
  readonly server: { readonly call: ServerCall; readonly events: ServerEvents; readonly phase: ServerPhase };
}

/** What the host of all extensions says; the set adds what is one extension's own. */
export type SharedHost = Omit<ExtensionHost, "report" | "describe">;

type PartOf<S extends keyof ExtensionSides> = ExtensionPart<
  ExtensionSides[S]["call"],
  ExtensionSides[S]["events"],
  ExtensionSides[S]["phase"]
>;

type Invoke<S extends keyof ExtensionSides> = (
  call: ExtensionSides[S]["call"],
) => MaybePromise<ResponseEnvelope>;

type Observer = (event: unknown) => unknown;

interface Installed<S extends keyof ExtensionSides> {
  readonly extension: Extension<object>;
  /** Undefined: all methods. */
  readonly scope: MethodScope | undefined;
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
  readonly #extensions: Extension<object>[] = [];
  /** Those of this side. */
  readonly #installed: Installed<S>[] = [];
  readonly #started: (Installed<S> & { readonly stopObserving: () => void })[] = [];
  #clock: Clock | undefined;
  /** Ends the wait for the one that is starting. */
  #endStart: (reason: unknown) => void = () => {};
  /** Of which errors the console was told. */
  readonly #printed = new Set<string>();
  /** Counts the stops, so that a start that is under way notices one. */
  #stops = 0;

  /** @param where how errors name the host, e.g. `createServer` */
  constructor(where: string, side: S, events: Events<ExtensionSides[S]["events"]>) {
    this.#where = where;
    this.#side = side;
    this.#events = events;
  }

  /**
   * @throws {TypeError} for what is no extension, has the name of another, has a part for the other side only, wraps in an unknown phase, or is
   * for some methods only where it cannot be.
   * @param admit what its host does with it, or refuses it for, before it is part of the set
   */
  add(entry: ExtensionEntry, admit?: (extension: Extension<object>) => void): void {
    const { extension, methods } = read(entry);
    checkExtension(this.#where, extension, this.#side, this.#phases(), this.#extensions);
    const scope = methods && new MethodScope(this.#where, extension.name, methods.patterns);
    const part = extension[this.#side] as PartOf<S> | undefined;
    if (scope !== undefined && part?.wire !== undefined) {
      throw new TypeError(
        `${this.#where}: extension "${extension.name}" changes messages, and a reply does not say its method: it cannot be for some methods only`,
      );
    }
    admit?.(extension);
    this.#extensions.push(extension);
    if (part !== undefined) this.#installed.push({ extension, scope, part });
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
    return this.#installed.some(({ part }) => part.wrap !== undefined);
  }

  /**
   * Refuses what can only be seen once all are there: an extension that requires another, or whose methods there are not.
   * @param methods undefined: nobody knows them @throws {TypeError}
   */
  check(methods: Iterable<string> | undefined): void {
    checkRequires(this.#where, this.#extensions);
    if (methods === undefined) return;
    const names = [...methods];
    for (const { extension, scope } of this.#installed) {
      const unknown = scope?.without(names)[0];
      if (unknown === undefined) continue;
      throw new TypeError(
        `${this.#where}: extension "${extension.name}" is for the methods "${unknown}", and there is no such method; there are ${names.join(", ")}`,
      );
    }
  }

  /** One function around `innermost` for each method; `innermost` itself if nothing wraps. */
  compose(innermost: Invoke<S>): Invoke<S> {
    const wrapping = this.#installed.filter(({ part }) => part.wrap !== undefined);
    if (wrapping.every(({ scope }) => scope === undefined)) return this.#around(wrapping, innermost);
    const kept = new Map<string, Invoke<S>>();
    return (call) => {
      const { method } = call;
      const known = kept.get(method);
      if (known !== undefined) return known(call);
      const composed = this.#around(
        wrapping.filter(({ scope }) => scope?.has(method) ?? true),
        innermost,
      );
      if (kept.size < MAX_KEPT_METHODS) kept.set(method, composed);
      return composed(call);
    };
  }

  #around(wrapping: readonly Installed<S>[], innermost: Invoke<S>): Invoke<S> {
    const wraps = wrapping.flatMap(({ part }) => (part.wrap === undefined ? [] : [part.wrap]));
    return composeWraps<ExtensionSides[S]["call"], string>(wraps, this.#phases(), innermost);
  }

  /** Both directions of the message wraps. */
  composeWire(): ComposedWire {
    return composeWire(this.#installed.flatMap(({ part }) => (part.wire === undefined ? [] : [part.wire])));
  }

  /** Tells what one of those threw that act there. @param method of the call; undefined: of messages, any of them */
  reportThrown(during: "wrap" | "wire", method: string | undefined, error: unknown): void {
    this.#report(this.acting(during, method), during, error);
  }

  /** The names of those that act around a method, or on messages: one of them has thrown, if something did. */
  acting(during: "wrap" | "wire", method: string | undefined): string {
    const acting = this.#installed.filter(
      ({ part, scope }) =>
        part[during] !== undefined && (method === undefined || (scope?.has(method) ?? true)),
    );
    return acting.map(({ extension }) => extension.name).join(", ");
  }

  /**
   * Subscribes the observers and starts each extension, in order. If one fails, those already started are stopped.
   * @throws {TypeError} when one of the transports lacks what one needs; whatever a `start` throws.
   * @throws {RpcError} Closed when it is stopped meanwhile; Config when one takes longer than 10 s.
   */
  async start(transports: readonly Transport[], host: SharedHost): Promise<void> {
    for (const transport of transports) checkNeeds(this.#where, this.#extensions, transport);
    this.#clock = host.clock;
    const stops = this.#stops;
    try {
      for (const installed of this.#installed) {
        await this.#startOne(installed, host);
        this.#started.push({ ...installed, stopObserving: this.#observe(installed) });
        if (stops !== this.#stops) throw closedMeanwhile();
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #startOne({ extension, part, scope }: Installed<S>, shared: SharedHost): Promise<void> {
    const { name } = extension;
    const { service, side, clock, transports } = shared;
    // One that checks its options by them is not to take those for its own that it does not guard.
    const methods =
      scope === undefined
        ? shared.methods
        : new Map([...shared.methods].filter(([method]) => scope.has(method)));
    const host: ExtensionHost = {
      service,
      side,
      clock,
      transports,
      methods,
      send: (queue, message) => shared.send(queue, message),
      report: (during, error) => this.#report(name, during, error),
      describe: () => this.describe(service, transports),
    };
    const starting = part.start?.(host);
    if (!(starting instanceof Promise)) return;
    const late = `${this.#where}: extension "${name}" did not start within ${START_MS} ms`;
    const ended = new Promise<never>((_, reject) => {
      const stopTimer = clock.after(START_MS, () => reject(new RpcError("Config", late)));
      this.#endStart = (reason) => {
        stopTimer();
        reject(reason);
      };
    });
    try {
      await Promise.race([starting, ended]);
    } catch (error) {
      // What starts too late is stopped at once.
      starting.then(
        () => this.#stopOne(extension.name, part),
        () => {},
      );
      throw error;
    } finally {
      this.#endStart(undefined);
      this.#endStart = () => {};
    }
  }

  /**
   * Stops what was started, in reverse order. What one throws is reported and does not keep the others, and one that
   * takes longer than 5 s is not waited for. Never rejects.
   */
  async stop(): Promise<void> {
    this.#stops++;
    this.#endStart(closedMeanwhile());
    for (let started = this.#started.pop(); started !== undefined; started = this.#started.pop()) {
      await this.#stopOne(started.extension.name, started.part);
      started.stopObserving();
    }
  }

  async #stopOne(name: string, part: PartOf<S>): Promise<void> {
    try {
      await this.#bounded(part.stop?.());
    } catch (error) {
      this.#report(name, "stop", error);
    }
  }

  /** The client or server that they belong to. What one throws instead of describing itself is reported. */
  describe(service: string, transports: readonly Transport[]): Description {
    const phases = this.#phases();
    const place = ({ part }: Installed<S>): number =>
      part.wrap === undefined
        ? part.wire === undefined
          ? -1
          : phases.length
        : phases.indexOf(part.wrap.phase);
    return {
      side: this.#side,
      service,
      transports: transports.map(({ name, state, features }) => ({ name, state, features: { ...features } })),
      extensions: [...this.#installed]
        .sort((a, b) => place(a) - place(b))
        .map((each) => this.#described(each)),
    };
  }

  #described({ extension, scope, part }: Installed<S>): ExtensionDescription {
    let settings: unknown;
    try {
      settings = part.describe?.();
    } catch (error) {
      this.#report(extension.name, "describe", error);
    }
    const observes = Object.keys(part.observe ?? {});
    return {
      name: extension.name,
      ...(scope === undefined ? {} : { methods: scope.patterns }),
      ...(part.wrap === undefined ? {} : { phase: part.wrap.phase }),
      ...(part.wire === undefined ? {} : { wire: true }),
      ...(observes.length === 0 ? {} : { observes }),
      ...(settings === undefined ? {} : { settings }),
    };
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
  #observe({ extension, part, scope }: Installed<S>): () => void {
    const observers = Object.entries(part.observe ?? {}) as [string, unknown][];
    const stops = observers.flatMap(([event, observer]) => {
      if (!isObserver(observer)) return [];
      const report = (error: unknown): void => this.#report(extension.name, event, error);
      const guarded = (payload: unknown): void => {
        if (scope !== undefined && !isOf(scope, payload)) return;
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
    if (!this.#events.has("extensionError")) {
      this.#printOnce(extension, during, error);
      return;
    }
    this.#events.emit("extensionError" as never, { extension, during, error } as never);
  }

  /** The last resort for an error that nobody observes: none goes unseen, and none floods. */
  #printOnce(extension: string, during: string, error: unknown): void {
    const what = `${extension} (${during})`;
    if (this.#printed.has(what)) return;
    this.#printed.add(what);
    console.error(
      `porthos: extension ${what} failed (observe "extensionError" to handle this and hear of more):`,
      error,
    );
  }

  #phases(): readonly string[] {
    return this.#side === "client" ? CLIENT_PHASES : SERVER_PHASES;
  }
}

/** An extension, with or without the methods that it is for; whether it is one at all is checked later. */
function read(entry: ExtensionEntry): {
  readonly extension: Extension<object>;
  readonly methods: { readonly patterns: unknown } | undefined;
} {
  if (typeof entry !== "object" || entry === null || !("use" in entry)) {
    return { extension: entry as Extension<object>, methods: undefined };
  }
  return { extension: entry.use, methods: { patterns: entry.methods } };
}

function closedMeanwhile(): RpcError {
  return new RpcError("Closed", "closed while its extensions were starting");
}

/** Whether an event is about a call of those methods. */
function isOf(scope: MethodScope, payload: unknown): boolean {
  const { call, method = call?.method } = payload as {
    readonly call?: { readonly method: string };
    readonly method?: string;
  };
  return method !== undefined && scope.has(method);
}

function isObserver(value: unknown): value is Observer {
  return typeof value === "function";
}
