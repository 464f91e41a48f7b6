import type {
  ByteBudget,
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
import type { Admission } from "./admission.js";
import type { CallerClocks } from "./caller-clocks.js";
import type { FrameInbox } from "./frame-inbox.js";
import type { Outcomes } from "./outcomes.js";
import type { Resend } from "./resends.js";

/** What the requests that come by one transport share. */
export interface RunContext {
  readonly service: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly events: Events<ServerEvents>;
  readonly wire: ComposedWire;
  readonly autoAck: boolean;
  /** Whether a slot is free while the broker confirms its answer: others want it, and credit bounds what is not confirmed. */
  readonly freesAnswered: boolean;
  readonly outcomes: Outcomes;
  readonly maxBodyBytes: number;
  /** How long a handler may run. Streams have other ends. */
  readonly maxHandlerTimeMs: number;
  /** Of what all uploads together hold that no handler has read yet. */
  readonly uploadBudget: ByteBudget;
  readonly admission: Admission;
  readonly callerClocks: CallerClocks;
  /** Where callers send the frames of their streams to. */
  readonly frames: FrameInbox;
  hasMethod(method: string): boolean;
  /** Whether extensions act around the handler. */
  readonly isWrapped: boolean;
  /** The extensions around the handler. */
  readonly invoke: (call: ServerCall) => MaybePromise<ResponseEnvelope>;
  /** Tells what an extension threw. */
  reportThrown(during: "wrap" | "wire", method: string | undefined, error: unknown): void;
  /** See `Resends.wait`. */
  sendAgain(resend: Resend): void;
}
