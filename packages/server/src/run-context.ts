import type {
  Clock,
  ComposedWire,
  DeadlineWheel,
  Events,
  MaybePromise,
  ResponseEnvelope,
  ServerCall,
  ServerEvents,
  Transport,
} from "@porthos-rpc/protocol";
import type { Outcomes } from "./outcomes.js";
import type { Retry } from "./resends.js";

/** What the requests that come by one transport share. */
export interface RunContext {
  readonly service: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly events: Events<ServerEvents>;
  readonly wire: ComposedWire;
  readonly autoAck: boolean;
  /** Of a server with several transports. */
  readonly outcomes: Outcomes | undefined;
  readonly maxBodyBytes: number;
  hasMethod(method: string): boolean;
  /** Whether extensions act around the handler. */
  readonly isWrapped: boolean;
  /** The extensions around the handler. */
  readonly invoke: (call: ServerCall) => MaybePromise<ResponseEnvelope>;
  /** See `Resends`. */
  whenUp(retry: Retry): void;
}
