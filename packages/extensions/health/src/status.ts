import type { TransportState } from "@porthos-rpc/protocol";

/** How a client or server is: JSON without secrets. */
export interface HealthStatus {
  readonly readiness: ReadinessStatus;
  readonly liveness: LivenessStatus;
}

/** Whether it can do its work now. */
export interface ReadinessStatus {
  readonly ready: boolean;
  /** `starting` until a server listens, or a client's first call; `closing` from `shutdown()` or `close()` on; `stopped` before and after. */
  readonly phase: "stopped" | "starting" | "open" | "closing";
  readonly transports: readonly TransportHealth[];
  /** By name. `late`: it took longer than it may, or it still does. */
  readonly checks: Readonly<Record<string, CheckResult>>;
}

export type CheckResult = "ok" | "failed" | "late";

export interface TransportHealth {
  readonly name: string;
  readonly state: TransportState;
  /** Whether the broker takes no messages for now. */
  readonly blocked: boolean;
}

/** Whether its process should go on living. */
export interface LivenessStatus {
  readonly live: boolean;
  /** How late the event loop's timers mostly were in the last 5 to 10 s: the median, in milliseconds. */
  readonly lagMs: number;
}
