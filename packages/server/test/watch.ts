/** What has become of a promise by now. */
export interface Watched<T> {
  state: "pending" | "resolved" | "rejected";
  value: T | undefined;
  error: unknown;
}

/** Looks at a promise without waiting for it; its rejection is no unhandled one. */
export function watch<T>(promise: Promise<T>): Watched<T> {
  const watched: Watched<T> = { state: "pending", value: undefined, error: undefined };
  promise.then(
    (value) => {
      watched.state = "resolved";
      watched.value = value;
    },
    (error: unknown) => {
      watched.state = "rejected";
      watched.error = error;
    },
  );
  return watched;
}

/** Lets all promises run that can run by now. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
