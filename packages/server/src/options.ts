import {
  type AnyContract,
  checkService,
  checkValidation,
  checkWithoutContract,
  type Validation,
} from "@porthos-rpc/contract";
import {
  type Clock,
  type Codec,
  Codecs,
  checkBoolean,
  checkCodec,
  checkDuration,
  checkInteger,
  checkJsonLimits,
  checkKnown,
  checkTransports,
  type ExtensionEntry,
  type JsonLimits,
  systemClock,
  type Transport,
  type Transports,
  wrong,
} from "@porthos-rpc/protocol";

export interface ServerOptions {
  /**
   * The carrier, e.g. from `connect(url)`. Of several the server listens on each, and a request that comes by two of
   * them runs once.
   */
  readonly transport: Transport | readonly Transport[];
  /** The service's name, which is its queue's. 1 to 255 bytes. */
  readonly service: string;
  /** Requests that run at a time, and that each broker may send unsettled. 1 to 65,535. @default 100 */
  readonly maxInFlight?: number;
  /** Requests of one caller that run at a time; one more is answered 429. 1 to 65,535. @default as many as run at all */
  readonly maxInFlightPerCaller?: number;
  /**
   * How long a handler may run whose caller waits longer, or not at all: then it is `stuck`, its caller answered 504, and its slot free. Less
   * than a broker waits for an acknowledgement, which RabbitMQ does for 30 minutes. Streams may last longer. @default 1_500_000
   */
  readonly maxHandlerTimeMs?: number;
  /** What all uploads together may hold that no handler has read; the stream that exceeds it ends, with 429. @default 64 MiB, at most 16 GiB */
  readonly maxStreamBytes?: number;
  /**
   * Whether requests that waited too long are answered 429 at once, while there is more to do than can be done: so that the others get their
   * answers in time (docs/calls.md). @default true
   */
  readonly shed?: boolean;
  /**
   * false: a request is acknowledged when its answer is with the broker, so it runs at least once.
   * true: it is acknowledged before it runs, so it runs at most once. @default false
   */
  readonly autoAck?: boolean;
  /** Larger requests are answered 413, larger responses replaced by 500. @default 1 MiB, at most 16 MiB */
  readonly maxBodyBytes?: number;
  /** How deep JSON may be: deeper requests are answered 400, deeper answers are the handler's error. 1 to 1,000. @default 64 */
  readonly maxJsonDepth?: number;
  /** How many keys JSON may have, in all of its objects together. 1 to 10,000,000. @default 10_000 */
  readonly maxJsonKeys?: number;
  /** @default none */
  readonly extensions?: readonly ExtensionEntry[];
  /** For tests. @default the system's monotonic clock */
  readonly clock?: Clock;
}

/**
 * Of a server that implements a contract.
 * @typeParam Entries the tuple of its extensions, which says what is in the context of handlers
 */
export interface ContractServerOptions<
  C extends AnyContract,
  Entries extends readonly ExtensionEntry[] = readonly ExtensionEntry[],
> extends Omit<ServerOptions, "service" | "extensions"> {
  /** @default none */
  readonly extensions?: Entries;
  /** What `implement` is typed, and requests and answers are checked by. */
  readonly contract: C;
  /** The service's name, if it goes by another than its contract's. 1 to 255 bytes. @default the contract's */
  readonly service?: string;
  /** Whether requests (`input`) and what handlers return (`output`) are parsed by the contract. @default true */
  readonly validate?: Validation;
  /** What requests may come in besides JSON and bytes; each is answered in what it came in. @default none */
  readonly codecs?: readonly Codec[];
}

export type CheckedServerOptions = Required<
  Omit<ServerOptions, "transport" | "maxJsonDepth" | "maxJsonKeys" | "maxInFlightPerCaller">
> & {
  readonly transports: Transports;
  readonly contract: AnyContract | undefined;
  readonly validate: { readonly input: boolean; readonly output: boolean };
  readonly codecs: Codecs;
  /** Those of handlers without a contract: JSON and bytes. */
  readonly plainCodecs: Codecs;
  /** Undefined: any number. */
  readonly maxInFlightPerCaller: number | undefined;
};

const KNOWN: readonly (keyof ContractServerOptions<AnyContract>)[] = [
  "transport",
  "service",
  "contract",
  "validate",
  "codecs",
  "maxInFlight",
  "maxInFlightPerCaller",
  "maxHandlerTimeMs",
  "maxStreamBytes",
  "shed",
  "autoAck",
  "maxBodyBytes",
  "maxJsonDepth",
  "maxJsonKeys",
  "extensions",
  "clock",
];

const WHERE = "createServer";
const MIB = 1024 * 1024;

/** @throws {TypeError} that names the wrong option and says what was expected. */
export function checkOptions(
  options: ServerOptions | ContractServerOptions<AnyContract>,
): CheckedServerOptions {
  checkKnown(WHERE, options, KNOWN);
  const given = options as Partial<ContractServerOptions<AnyContract>>;
  checkWithoutContract(WHERE, given, ["validate", "codecs"]);
  const { contract, validate, codecs = [], service } = given;
  if (options.extensions !== undefined && !Array.isArray(options.extensions)) {
    throw wrong(WHERE, "extensions", "an array of extensions", options.extensions);
  }
  const limits = checkJsonLimits(WHERE, options);
  return {
    transports: checkTransports(WHERE, options.transport),
    service: checkService(WHERE, service, contract),
    contract,
    validate: checkValidation(WHERE, validate),
    codecs: checkCodecs(codecs, limits),
    plainCodecs: new Codecs([], limits),
    maxInFlight: checkInteger(WHERE, "maxInFlight", options.maxInFlight, {
      min: 1,
      max: 65_535,
      fallback: 100,
    }),
    maxInFlightPerCaller: checkPerCaller(options.maxInFlightPerCaller),
    maxHandlerTimeMs: checkDuration(WHERE, "maxHandlerTimeMs", options.maxHandlerTimeMs, 25 * 60_000),
    maxStreamBytes: checkInteger(WHERE, "maxStreamBytes", options.maxStreamBytes, {
      min: 1,
      max: 16 * 1024 * MIB,
      fallback: 64 * MIB,
    }),
    shed: checkBoolean(WHERE, "shed", options.shed, true),
    autoAck: checkBoolean(WHERE, "autoAck", options.autoAck, false),
    maxBodyBytes: checkInteger(WHERE, "maxBodyBytes", options.maxBodyBytes, {
      min: 1,
      max: 16 * MIB,
      fallback: MIB,
    }),
    extensions: options.extensions ?? [],
    clock: options.clock ?? systemClock,
  };
}

function checkPerCaller(given: number | undefined): number | undefined {
  if (given === undefined) return undefined;
  return checkInteger(WHERE, "maxInFlightPerCaller", given, { min: 1, max: 65_535, fallback: 1 });
}

function checkCodecs(codecs: readonly Codec[], limits: JsonLimits): Codecs {
  if (!Array.isArray(codecs)) throw wrong(WHERE, "codecs", "an array of codecs", codecs);
  const checked = codecs.map((codec) => checkCodec(WHERE, "codecs", codec));
  return new Codecs(checked, limits);
}
