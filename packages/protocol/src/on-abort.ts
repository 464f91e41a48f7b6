interface Told {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

/** Who is to be told by a signal. An entry lives and dies with its signal. */
const told = new WeakMap<AbortSignal, Told>();

/**
 * Calls back when the signal is aborted. All calls that share a signal (a request's, a program's) share one listener of
 * it: Node warns of a leak where there are more than ten. Returns the function that stops it.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, listener } = told.get(signal) ?? listen(signal);
  // Of its own, since the same function may be given twice.
  const entry = (): void => callback();
  callbacks.add(entry);
  return () => {
    if (!callbacks.delete(entry) || callbacks.size > 0) return;
    signal.removeEventListener("abort", listener);
    told.delete(signal);
  };
}

function listen(signal: AbortSignal): Told {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    for (const each of [...callbacks]) each();
  };
  signal.addEventListener("abort", listener);
  const entry = { callbacks, listener };
  told.set(signal, entry);
  return entry;
}
