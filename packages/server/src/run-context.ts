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

/** What every request of a server shares. */
export interface RunContext {
  readonly service: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly events: Events<ServerEvents>;
  readonly wire: ComposedWire;
  readonly autoAck: boolean;
  readonly maxBodyBytes: number;
  hasMethod(method: string): boolean;
  /** Whether extensions act around the handler. */
  readonly isWrapped: boolean;
  /** The extensions around the handler. */
  readonly invoke: (call: ServerCall) => MaybePromise<ResponseEnvelope>;
  /** Runs `retry` when the transport can send again. */
  whenUp(retry: () => void): void;
}
