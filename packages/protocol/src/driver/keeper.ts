import type { Clock } from "../clock.js";
import { RpcError } from "../errors.js";
import { closedError } from "./closed-error.js";
import type { Tenant } from "./supervised-connection.js";
import { within } from "./within.js";

/** After the first failure; doubled with each further one. */
const MIN_PAUSE_MS = 100;
/** Also the pause after what cannot work as configured: an operator may change it. */
const MAX_PAUSE_MS = 5_000;
/** After so many losses in a row a lane is opened again at once. */
const FREE_LOSSES = 2;
/** A lane that lived as long was a success: what kills at once (a refused queue, a poisonous message) is faster. */
const HEALTHY_MS = 250;
/** How long a broker may take to close a lane's channel. */
const DRAIN_MS = 2_000;

/** What is kept open on a connection: a channel, a link of AMQP 1.0, a subscription. */
export interface Lane {
  /** Never rejects. */
  close(): Promise<void>;
}

export interface KeeperOptions<Link, L extends Lane> {
  readonly clock: Clock;
  /** It never gives up, whatever the reason. @default false */
  readonly persistent?: boolean;
  /**
   * Opens the lane. `lost` is to be called when its channel ends although the connection lives.
   * @throws {RpcError} Config = never as configured: final if it never was open before, else tried again slowly
   */
  open(link: Link, lost: (reason: RpcError) => void): Promise<L>;
  onOpen(lane: L): void;
  /** The lane is gone; the keeper will open another, unless it was closed itself. */
  onLost(reason: RpcError): void;
  /** An attempt to open it (again) failed; it goes on trying. */
  onFailed(reason: RpcError): void;
  /** What is to be finished before the lane is closed for good. Never rejects. */
  drain?(): Promise<void>;
}

type Phase = "waiting" | "opening" | "open" | "pausing" | "closed";

/**
 * Keeps one lane open on a connection that comes and goes: opens it on each new connection, opens just it again when
 * only its channel was lost, and pauses longer and longer while that fails.
 */
export class Keeper<Link, L extends Lane> implements Tenant<Link> {
  readonly #options: KeeperOptions<Link, L>;
  /** Resolves when it is open for the first time; rejects when that cannot be. */
  readonly opened: Promise<void>;
  #resolveOpened = (): void => {};
  #rejectOpened: (reason: RpcError) => void = () => {};
  #phase: Phase = "waiting";
  #link: Link | undefined;
  #lane: L | undefined;
  #failure: RpcError | undefined;
  #wasOpen = false;
  #openedAtMs = 0;
  #failures = 0;
  /** Tells a stale attempt from the current one. */
  #attempt = 0;
  #stopTimer: (() => void) | undefined;

  constructor(options: KeeperOptions<Link, L>) {
    this.#options = options;
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve;
      this.#rejectOpened = reject;
    });
    // Whoever is interested awaits it; nobody has to.
    this.opened.catch(() => {});
  }

  /** Why the last attempt failed, or the last lane was lost. */
  get failure(): RpcError | undefined {
    return this.#failure;
  }

  get closed(): boolean {
    return this.#phase === "closed";
  }

  get lane(): L | undefined {
    return this.#lane;
  }

  linkUp(link: Link): void {
    if (this.#phase === "closed") return;
    this.#link = link;
    // What made the last connection die may do so again: a message that no check caught, a queue that may not be used.
    this.#pause(this.#failures <= FREE_LOSSES ? 0 : pauseMs(this.#failures));
  }

  linkDown(reason: RpcError): void {
    if (this.#phase === "closed") return;
    this.#link = undefined;
    if (reason.code !== "Closed") this.#countLoss();
    this.#leave("waiting", reason);
  }

  linkFailed(reason: RpcError): void {
    if (this.#isFinal) this.close(reason);
  }

  async drain(): Promise<void> {
    await this.#options.drain?.();
    if (this.#lane !== undefined) await within(this.#options.clock, DRAIN_MS, this.#lane.close());
  }

  /** Opens it no more. The lane that is open, if any, is left to the caller. */
  close(reason: RpcError = closedError()): L | undefined {
    if (this.#phase === "closed") return undefined;
    const lane = this.#lane;
    this.#rejectOpened(reason);
    this.#leave("closed", reason);
    return lane;
  }

  async #open(link: Link): Promise<void> {
    const attempt = ++this.#attempt;
    this.#phase = "opening";
    let lane: L;
    let lostEarly: RpcError | undefined;
    try {
      lane = await this.#options.open(link, (reason) => {
        lostEarly = reason;
        this.#onLaneLost(attempt, reason);
      });
    } catch (error) {
      this.#onOpenFailed(attempt, asRpcError(error));
      return;
    }
    if (attempt !== this.#attempt) void lane.close();
    else if (lostEarly !== undefined) this.#onOpenFailed(attempt, lostEarly);
    else this.#onOpened(lane);
  }

  #onOpened(lane: L): void {
    this.#phase = "open";
    this.#lane = lane;
    this.#wasOpen = true;
    this.#openedAtMs = this.#options.clock.now();
    this.#resolveOpened();
    this.#options.onOpen(lane);
  }

  #onOpenFailed(attempt: number, reason: RpcError): void {
    if (attempt !== this.#attempt) return;
    if (reason.code === "Config" && this.#isFinal) {
      this.close(reason);
      return;
    }
    this.#failure = reason;
    this.#failures++;
    this.#options.onFailed(reason);
    this.#pause(reason.code === "Config" ? MAX_PAUSE_MS : pauseMs(this.#failures));
  }

  /** Whether a failure that cannot mend itself ends it: later, what once worked may work again. */
  get #isFinal(): boolean {
    return !this.#wasOpen && this.#options.persistent !== true;
  }

  #onLaneLost(attempt: number, reason: RpcError): void {
    if (attempt !== this.#attempt || this.#phase !== "open") return;
    this.#countLoss();
    this.#leave("waiting", reason);
    this.#pause(this.#failures <= FREE_LOSSES ? 0 : pauseMs(this.#failures));
  }

  /** A lane that lived for a while was a success, whose end is a first failure. */
  #countLoss(): void {
    if (this.#phase !== "open" && this.#phase !== "opening") return;
    const livedMs = this.#phase === "open" ? this.#options.clock.now() - this.#openedAtMs : 0;
    this.#failures = livedMs >= HEALTHY_MS ? 1 : this.#failures + 1;
  }

  /** Leaves whatever it is doing. */
  #leave(phase: "waiting" | "closed", reason: RpcError): void {
    const lane = this.#lane;
    this.#phase = phase;
    this.#lane = undefined;
    this.#attempt++;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#failure = reason;
    if (lane !== undefined) this.#options.onLost(reason);
  }

  #pause(ms: number): void {
    const link = this.#link;
    if (link === undefined || this.#phase === "closed") return;
    if (ms === 0) {
      void this.#open(link);
      return;
    }
    this.#phase = "pausing";
    this.#stopTimer = this.#options.clock.after(ms, () => {
      this.#stopTimer = undefined;
      void this.#open(link);
    });
  }
}

function pauseMs(failures: number): number {
  return Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
}

function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError("Unavailable", "a channel could not be opened", { cause: error });
}
