import {
  type AnyContract,
  checkService,
  checkValidation,
  checkWithoutContract,
  methodsOf,
  type Validation,
} from "@porthos-rpc/contract";
import {
  type Clock,
  type Codec,
  Codecs,
  checkCodec,
  checkDuration,
  checkInteger,
  checkJsonLimits,
  checkKnown,
  checkOneOf,
  checkTransports,
  codecWithin,
  type ExtensionEntry,
  jsonCodec,
  systemClock,
  type Transport,
  type Transports,
  wrong,
} from "@porthos-rpc/protocol";

export interface ClientOptions {
  /**
   * The carrier, e.g. from `connect(url)`. Several clients may share it, and then share one inbox. Of several carriers
   * each call takes the first that is up and takes messages; one that this carrier did not carry goes on to the next.
   */
  readonly transport: Transport | readonly Transport[];
  /** The service to call: the name of its queue. 1 to 255 bytes. */
  readonly service: string;
  /** How long a call may take, queue time included. More than 0. @default 120_000 */
  readonly timeoutMs?: number;
  /**
   * What becomes of a call while the connection (of several: each) is down. `wait`: it is sent when the connection is up again, if its
   * timeout is not over by then. `fail`: it fails at once with `Unavailable`, not executed; while the connection is being made for the first
   * time, when the transport's `startTimeoutMs` is over. @default "wait"
   */
  readonly whenDown?: "wait" | "fail";
  /** Calls that wait for their end at a time; one more fails at once with `Overloaded`. @default 10_000 */
  readonly maxPending?: number;
  /** Larger requests fail with `TooLarge` before they are sent, larger replies with `BadReply`. @default 1 MiB, at most 16 MiB */
  readonly maxBodyBytes?: number;
  /** How deep JSON may be, in requests (`BadRequest`, not sent) and in what is answered (`BadReply`). 1 to 1,000. @default 64 */
  readonly maxJsonDepth?: number;
  /** How many keys JSON may have, in all of its objects together. 1 to 10,000,000. @default 10_000 */
  readonly maxJsonKeys?: number;
  /** @default none */
  readonly extensions?: readonly ExtensionEntry[];
  /** For tests. @default the system's monotonic clock */
  readonly clock?: Clock;
}

/** Of a client whose service's contract is known. */
export interface ContractClientOptions<C extends AnyContract> extends Omit<ClientOptions, "service"> {
  /** What the client's `methods` are typed and checked by. */
  readonly contract: C;
  /** The service to call, if it goes by another name than its contract's. 1 to 255 bytes. @default the contract's */
  readonly service?: string;
  /** Whether `methods` check by the contract what they send (`input`), and parse by it what they get (`output`). @default true */
  readonly validate?: Validation;
  /** What `methods` send their values in; the server must have it too (its option `codecs`). @default JSON */
  readonly codec?: Codec;
}

export type CheckedClientOptions = Required<
  Omit<ClientOptions, "transport" | "maxJsonDepth" | "maxJsonKeys">
> & {
  readonly transports: Transports;
  readonly codec: Codec;
  /** What every client reads, within its limits. */
  readonly codecs: Codecs;
  readonly validate: { readonly input: boolean; readonly output: boolean };
  /** Of the contract; undefined without one. */
  readonly methods: readonly string[] | undefined;
};

const KNOWN: readonly (keyof ContractClientOptions<AnyContract>)[] = [
  "transport",
  "service",
  "contract",
  "validate",
  "codec",
  "timeoutMs",
  "whenDown",
  "maxPending",
  "maxBodyBytes",
  "maxJsonDepth",
  "maxJsonKeys",
  "extensions",
  "clock",
];

const WHERE = "createClient";
const MIB = 1024 * 1024;

/** @throws {TypeError} that names the wrong option and says what was expected. */
export function checkOptions(
  options: ClientOptions | ContractClientOptions<AnyContract>,
): CheckedClientOptions {
  checkKnown(WHERE, options, KNOWN);
  const given = options as Partial<ContractClientOptions<AnyContract>>;
  checkWithoutContract(WHERE, given, ["validate", "codec"]);
  const { contract, validate, codec = jsonCodec, service } = given;
  if (options.extensions !== undefined && !Array.isArray(options.extensions)) {
    throw wrong(WHERE, "extensions", "an array of extensions", options.extensions);
  }
  const limits = checkJsonLimits(WHERE, options);
  return {
    transports: checkTransports(WHERE, options.transport),
    service: checkService(WHERE, service, contract),
    validate: checkValidation(WHERE, validate),
    methods: contract === undefined ? undefined : [...methodsOf(contract).keys()],
    codec: codecWithin(checkCodec(WHERE, "codec", codec), limits),
    codecs: new Codecs([], limits),
    timeoutMs: checkDuration(WHERE, "timeoutMs", options.timeoutMs, 120_000),
    whenDown: checkOneOf(WHERE, "whenDown", options.whenDown, ["wait", "fail"], "wait"),
    maxPending: checkInteger(WHERE, "maxPending", options.maxPending, {
      min: 1,
      max: 1_000_000,
      fallback: 10_000,
    }),
    maxBodyBytes: checkInteger(WHERE, "maxBodyBytes", options.maxBodyBytes, {
      min: 1,
      max: 16 * MIB,
      fallback: MIB,
    }),
    extensions: options.extensions ?? [],
    clock: options.clock ?? systemClock,
  };
}
