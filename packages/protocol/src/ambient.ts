/*
 * The deadline of the request that a handler works on, for the calls that it makes: it follows the handler through its
 * promises and timers, where the host has AsyncLocalStorage. Where it has not, a handler hands its deadline on by itself.
 */

/** How long whoever started this code still waits. */
export interface AmbientDeadline {
  readonly timeLeftMs: number;
}

/** The part of AsyncLocalStorage that is used here. */
interface Storage {
  run<A, R>(value: AmbientDeadline | undefined, run: (arg: A) => R, arg: A): R;
  getStore(): AmbientDeadline | undefined;
}

interface StorageClass {
  new (): Storage;
  snapshot?(): RunWithin;
}

interface Host {
  readonly process?: {
    getBuiltinModule?(name: string): { readonly AsyncLocalStorage: StorageClass };
  };
  [key: symbol]: Storage | undefined;
}

/** Runs something as if it were part of other code. */
export type RunWithin = <A, R>(run: (arg: A) => R, arg: A) => R;

/** The one thing that is shared by all: a server of one copy of this package, a client of another, one handler. */
const KEY = Symbol.for("porthos.ambient-deadline");

const host = globalThis as unknown as Host;

/**
 * From now on deadlines follow the code that is run with them. To be called by who asks for them: a storage that is in use makes every
 * promise of the process dearer (Node before 24: about 0.2 µs each), so one that only serves has none; one that only calls does not use its own.
 */
export function followDeadlines(): void {
  host[KEY] ??= newStorage();
}

/** Runs something that is to be done by the deadline. */
export function runWithDeadline<A, R>(deadline: AmbientDeadline, run: (arg: A) => R, arg: A): R {
  const storage = host[KEY];
  return storage === undefined ? run(arg) : storage.run(deadline, run, arg);
}

/**
 * Runs something that has no deadline, although the code that started it may have one: a broker inside the process delivers from the
 * code that sends, and a socket from the code that made it.
 */
export function runWithoutDeadline<A, R>(run: (arg: A) => R, arg: A): R {
  const storage = host[KEY];
  return storage?.getStore() === undefined ? run(arg) : storage.run(undefined, run, arg);
}

/** What is left of the time of the request that this code works on; undefined if it works on none, or one without an end. */
export function ambientTimeLeftMs(): number | undefined {
  return host[KEY]?.getStore()?.timeLeftMs;
}

/**
 * Keeps what follows the code that runs now through its promises and timers (traces, a logger's fields, whoever's storage it is), for what
 * is run later from elsewhere. Runs it as it is where the host has no such thing.
 */
export function keepAmbient(): RunWithin {
  return storageClass()?.snapshot?.() ?? ((run, arg) => run(arg));
}

function newStorage(): Storage | undefined {
  const AsyncLocalStorage = storageClass();
  return AsyncLocalStorage === undefined ? undefined : new AsyncLocalStorage();
}

/** Not imported: this package runs where there is no such module. */
function storageClass(): StorageClass | undefined {
  return host.process?.getBuiltinModule?.("async_hooks").AsyncLocalStorage;
}
