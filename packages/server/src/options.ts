import { type AnyContract, checkService, checkValidation, type Validation } from "@porthos-rpc/contract";
import {
  type Clock,
  type Codec,
  Codecs,
  checkBoolean,
  checkCodec,
  checkInteger,
  checkKnown,
  checkTransports,
  type Extension,
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
  /**
   * false: a request is acknowledged when its answer is with the broker, so it runs at least once.
   * true: it is acknowledged before it runs, so it runs at most once. @default false
   */
  readonly autoAck?: boolean;
  /** Larger requests are answered 413, larger responses replaced by 500. @default 1 MiB, at most 16 MiB */
  readonly maxBodyBytes?: number;
  /** @default none */
  readonly extensions?: readonly Extension[];
  /** For tests. @default the system's monotonic clock */
  readonly clock?: Clock;
}

/** Of a server that implements a contract. */
export interface ContractServerOptions<C extends AnyContract> extends Omit<ServerOptions, "service"> {
  /** What `implement` is typed, and requests and answers are checked by. */
  readonly contract: C;
  /** The service's name, if it goes by another than its contract's. 1 to 255 bytes. @default the contract's */
  readonly service?: string;
  /** Whether requests (`input`) and what handlers return (`output`) are parsed by the contract. @default true */
  readonly validate?: Validation;
  /** What requests may come in besides JSON and bytes; each is answered in what it came in. @default none */
  readonly codecs?: readonly Codec[];
}

export type CheckedServerOptions = Required<Omit<ServerOptions, "transport">> & {
  readonly transports: Transports;
  readonly contract: AnyContract | undefined;
  readonly validate: { readonly input: boolean; readonly output: boolean };
  readonly codecs: Codecs;
};

const KNOWN: readonly (keyof ContractServerOptions<AnyContract>)[] = [
  "transport",
  "service",
  "contract",
  "validate",
  "codecs",
  "maxInFlight",
  "autoAck",
  "maxBodyBytes",
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
  const { contract, validate, codecs = [], service } = options as Partial<ContractServerOptions<AnyContract>>;
  if (options.extensions !== undefined && !Array.isArray(options.extensions)) {
    throw wrong(WHERE, "extensions", "an array of extensions", options.extensions);
  }
  return {
    transports: checkTransports(WHERE, options.transport),
    service: checkService(WHERE, service, contract),
    contract,
    validate: checkValidation(WHERE, validate),
    codecs: checkCodecs(codecs),
    maxInFlight: checkInteger(WHERE, "maxInFlight", options.maxInFlight, {
      min: 1,
      max: 65_535,
      fallback: 100,
    }),
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

function checkCodecs(codecs: readonly Codec[]): Codecs {
  if (!Array.isArray(codecs)) throw wrong(WHERE, "codecs", "an array of codecs", codecs);
  return new Codecs(codecs.map((codec) => checkCodec(WHERE, "codecs", codec)));
}
