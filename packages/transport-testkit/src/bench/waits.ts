/** The promise's value, or an error with its own text when it takes longer than `ms`. */
export async function within<T>(ms: number, what: string, promise: PromiseLike<T>): Promise<T> {
  // Made here, so that its stack names the case and not the timer.
  const late = new Error(`waited ${ms} ms in vain for ${what}`);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves once the condition holds; looks every 2 ms. */
export async function until(ms: number, what: string, condition: () => boolean): Promise<void> {
  const late = new Error(`waited ${ms} ms in vain for ${what}`);
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw late;
    await pause(2);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A turn of the event loop: whatever was due has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
