import {
  type Clock,
  endUse,
  type Lease,
  type Message,
  type SendOutcome,
  sendOutcome,
  type Transport,
  type Transports,
} from "@porthos-rpc/protocol";
import { CallRouter, type RouterUser } from "./call-router.js";

/** One of a client's ways to its service. */
export interface Route {
  readonly transport: Transport;
  readonly router: CallRouter;
}

interface OpenRoute extends Route {
  lease: Lease | undefined;
  readonly stops: (() => void)[];
}

const NONE = new Set<Route>();

/** The transports of a client, in its order of preference, with the router of each. */
export class Routes {
  readonly #user: RouterUser;
  readonly #all: readonly [OpenRoute, ...OpenRoute[]];
  #joined = false;
  #left = false;

  constructor(transports: Transports, clock: Clock, user: RouterUser) {
    this.#user = user;
    const open = (transport: Transport): OpenRoute => {
      const router = CallRouter.of(transport, clock);
      return { transport, router, lease: undefined, stops: [] };
    };
    const [first, ...more] = transports;
    this.#all = [open(first), ...more.map(open)];
  }

  /** The way of a client that has no other; undefined if it has. */
  get only(): Route | undefined {
    return this.#all.length === 1 ? this.#all[0] : undefined;
  }

  /** Whether the client has ended its use: no call goes on from here. */
  get isLeft(): boolean {
    return this.#left;
  }

  /**
   * Begins to use the transports, once. Those that are closed are left out.
   * @throws {RpcError} Closed when all of them are.
   */
  join(): void {
    if (this.#joined) return;
    const refusals: unknown[] = [];
    for (const route of this.#all) {
      try {
        route.lease = route.transport.acquire();
      } catch (error) {
        refusals.push(error);
      }
    }
    if (refusals.length === this.#all.length) throw refusals[0];
    this.#joined = true;
    for (const route of this.#all) this.#watch(route);
  }

  /** Ends this client's calls, and its use of the transports. Never rejects. */
  async leave(): Promise<void> {
    this.#left = true;
    for (const { stops } of this.#all) for (const stop of stops.splice(0)) stop();
    await Promise.all(this.#all.map(({ router }) => router.leave(this.#user)));
  }

  /** Gives back the leases, after `leave`. Never rejects. */
  async release(): Promise<void> {
    await Promise.all(this.#all.map(({ transport, lease }) => endUse(transport, lease)));
  }

  /**
   * The way for a call: the first that can send now. If none can, the first that is not closed, where the call waits.
   * @param except those that have refused the call
   */
  choose(except: {
    has(route: Route): boolean;
  }): { readonly route: Route; readonly isUp: boolean } | undefined {
    const left = this.#all.filter((route) => !except.has(route) && route.transport.state !== "closed");
    const up = left.find(({ router }) => router.takesCalls);
    const route = up ?? left[0];
    return route === undefined ? undefined : { route, isUp: up !== undefined };
  }

  /** Resolves when one of the transports is ready. @throws {RpcError} as the preferred one's `ready()` when none is. */
  async ready(): Promise<void> {
    const all = this.#all.map(({ transport }) => transport.ready());
    const [preferred] = all;
    await Promise.any(all).catch(() => preferred);
  }

  /** Sends a message that is no call. */
  send(queue: string, message: Message): Promise<SendOutcome> {
    const { transport } = this.choose(NONE)?.route ?? this.#all[0];
    return sendOutcome(transport, queue, message);
  }

  /** Calls that wait for another transport need not any more when this one comes up. */
  #watch(route: OpenRoute): void {
    route.router.join(this.#user);
    if (this.only !== undefined) return;
    const wakeOthers = (): void => {
      for (const { router } of this.#all) if (router !== route.router) router.yieldParked(this.#user);
    };
    const { transport, stops } = route;
    stops.push(
      transport.on("up", wakeOthers),
      transport.on("blocked", ({ blocked }) => {
        if (!blocked) wakeOthers();
      }),
    );
  }
}
