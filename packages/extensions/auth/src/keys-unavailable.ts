/** The keys by which tokens are verified cannot be had now. */
export class KeysUnavailable extends Error {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super("the keys by which tokens are verified cannot be had now");
    this.retryAfterMs = retryAfterMs;
  }
}
