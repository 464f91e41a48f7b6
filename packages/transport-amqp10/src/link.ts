import type { Clock, RpcError } from "@porthos-rpc/protocol";
import {
  type DriverLink,
  type DriverLinkEvents,
  type Endpoint,
  type IssuedCredentials,
  within,
} from "@porthos-rpc/protocol/driver";
import type { Dialect } from "./dialects/dialect.js";
import { lostError } from "./errors.js";
import type { Lanes } from "./lane.js";

/** How long a broker may take to answer our goodbye. */
const CLOSE_MS = 2_000;

/** What a connection was let in with, and where the next comes from. */
export interface Admission {
  readonly expiresAt: Date | undefined;
  /** @throws {RpcError} */
  issue(): Promise<IssuedCredentials>;
}

/** One open connection with a broker; when it is lost, there will be another object. */
export class Link implements DriverLink {
  readonly lanes: Lanes;
  /** How this broker wants to be spoken to. */
  readonly dialect: Dialect;
  readonly label: string;
  readonly expiresAtMs: number | undefined;
  readonly renew: (() => Promise<number | undefined>) | undefined;
  readonly #clock: Clock;
  #events: DriverLinkEvents | undefined;
  #lost: RpcError | undefined;

  constructor(lanes: Lanes, dialect: Dialect, endpoint: Endpoint, clock: Clock, admission?: Admission) {
    this.lanes = lanes;
    this.dialect = dialect;
    this.label = endpoint.label;
    this.#clock = clock;
    this.expiresAtMs = admission?.expiresAt?.getTime();
    const { renewCredentials } = dialect;
    this.renew =
      renewCredentials === undefined || admission === undefined
        ? undefined
        : async () => {
            const { password, expiresAt } = await admission.issue();
            await renewCredentials(password);
            return expiresAt?.getTime();
          };
    lanes.onLost((cause) => this.#onLost(cause));
  }

  /** Who hears of it from now on. Tells at once if it is lost already. */
  watch(events: DriverLinkEvents): void {
    this.#events = events;
    if (this.#lost !== undefined) events.onLost(this.#lost);
  }

  /** Says goodbye, then hangs up. What the lanes have written before is on its way. Never rejects. */
  async close(): Promise<void> {
    this.#events = undefined;
    if (this.#lost === undefined) await within(this.#clock, CLOSE_MS, this.lanes.close());
    this.destroy();
  }

  /** Hangs up. */
  destroy(): void {
    this.#events = undefined;
    this.lanes.destroy();
  }

  #onLost(cause: unknown): void {
    const reason = lostError(cause, this.label);
    this.#lost = reason;
    this.lanes.destroy();
    this.#events?.onLost(reason);
  }
}
