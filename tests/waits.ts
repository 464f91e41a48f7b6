/** For what should happen at once, on a machine that may be busy. */
export const SOON_MS = 5_000;

/** The promise's value, or an error that says what was waited for in vain. */
export async function within<T>(ms: number, what: string, promise: PromiseLike<T>): Promise<T> {
  // Made here, so that its stack names the test and not the timer.
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
