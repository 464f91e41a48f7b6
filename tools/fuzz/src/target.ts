/** A decoder that strangers' bytes come to. */
export interface FuzzTarget {
  /** Of the command line and of tests: `amqp10-message`. */
  readonly name: string;
  /** Good inputs to begin with. */
  readonly seeds: readonly Uint8Array[];
  /** Reads the bytes. @throws {Error} for a promise that was broken; what the decoder documents that it throws it must catch */
  run(bytes: Uint8Array): void;
}
