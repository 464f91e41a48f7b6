import { randomUUID } from "node:crypto";
import type { Clock } from "@porthos-rpc/protocol";
import rhea from "rhea";
import type { Ending } from "./ending.js";
import { LinkFault, type Terminus } from "./lane.js";
import type {
  RheaConnection,
  RheaDisposition,
  RheaError,
  RheaLink,
  RheaSession,
  RheaTransfer,
} from "./rhea-types.js";

/** Any format but 0 makes rhea hand over the bytes as they are. */
const RAW_FORMAT = 1;
/** rhea's and the specification's default: as many sessions as there are channel numbers. */
const MAX_CHANNEL = 65_535;
/** Far more than rhea lets be under way in a session. */
const MAX_RANGE = 65_536;

export type LinkRole = "sender" | "receiver";

/** A session and the links in it, and how they end. */
export interface OpenSession {
  readonly session: RheaSession;
  /** Whether it is over, with its connection or alone. */
  readonly ended: boolean;
  /** Resolves when it is. */
  readonly closed: Promise<void>;
  /** Ends it; resolves when the peer has, or the connection is gone. */
  end(): Promise<void>;
  /**
   * Closes its link, then ends it; resolves when the peer has closed the link, or the connection is gone. Artemis answers the end of a session that
   * comes right after another one's at its next life sign, seconds later.
   */
  close(link: RheaLink, role: LinkRole): Promise<void>;
}

/**
 * Opens sessions and links on one connection. A session for each link: a link that is refused takes its session along
 * on RabbitMQ before 4.2, and a link without credit would hold up others in the same session.
 */
export class RheaSessions {
  readonly clock: Clock;
  /** After so many transfers a session is to be replaced. */
  readonly wornAt: number;
  readonly #connection: RheaConnection;
  readonly #answerTimeoutMs: number;
  readonly #ending: Ending;
  #open = 0;

  constructor(
    connection: RheaConnection,
    clock: Clock,
    answerTimeoutMs: number,
    ending: Ending,
    wornAt: number,
  ) {
    this.wornAt = wornAt;
    this.#connection = connection;
    this.clock = clock;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#ending = ending;
  }

  /** @throws {LinkFault} */
  async open(): Promise<OpenSession> {
    const max = this.#connection.remote.open?.channel_max ?? MAX_CHANNEL;
    if (this.#open > max) {
      // One more would cost the whole connection.
      const text = `the broker allows ${max + 1} sessions on a connection, and all are in use`;
      throw new LinkFault("amqp:resource-limit-exceeded", text);
    }
    const session = this.#connection.create_session();
    this.#open++;
    readRawTransfers(session);
    boundDispositions(session);
    let ended = false;
    const closed = new Promise<void>((resolve) => {
      const over = (): void => {
        if (ended) return;
        ended = true;
        this.#open--;
        this.#ending.delete(over);
        resolve();
      };
      session.on("session_close", over);
      this.#ending.add(over);
    });
    session.on("session_error", () => {});
    session.begin();
    await this.#answer(session, "session_open", "session_close", () => session.error, closed);
    if (ended) throw faultOf(session.error);
    const end = (): Promise<void> => {
      // Later: rhea answers a detach at the end of this turn, and a frame after the end of its session is an error
      // over which Qpid closes the connection.
      setImmediate(() => {
        if (!ended) session.close();
      });
      return closed;
    };
    return {
      session,
      get ended() {
        return ended;
      },
      closed,
      end,
      close: (link, role) => {
        const detached = new Promise<void>((resolve) => link.on(`${role}_close`, () => resolve()));
        link.close();
        return Promise.race([detached, end()]);
      },
    };
  }

  /** Resolves when the peer has attached its end too. @throws {LinkFault} when it refuses */
  async attach(session: RheaSession, role: LinkRole, link: RheaLink): Promise<void> {
    // A broker may open and close in one breath: both have been told before anybody who waits can look.
    let isClosed = false;
    const note = (): void => {
      isClosed = true;
    };
    link.on(`${role}_close`, note);
    session.on("session_close", note);
    const closed = new Promise<void>((resolve) => session.on("session_close", () => resolve()));
    const isRefused = (): boolean => (role === "sender" ? link.target : link.source) === null;
    link.on(`${role}_error`, () => {});
    // A refusal is an attach without terminus, and then a detach with the reason (part 2, 2.6.3).
    await this.#answer(
      link,
      `${role}_open`,
      `${role}_close`,
      () => link.error ?? session.error,
      closed,
      isRefused,
    );
    if (isClosed) throw faultOf(link.error ?? session.error);
  }

  #answer(
    emitter: RheaSession | RheaLink,
    good: string,
    bad: string,
    errorOf: () => RheaError | undefined,
    sessionClosed: Promise<void>,
    isRefused: () => boolean = () => false,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        stopTimer();
        this.#ending.delete(onGone);
        act();
      };
      const refuse = (): void => {
        const { condition, description } = errorOf() ?? {};
        settle(() => reject(new LinkFault(condition, description)));
      };
      const onGone = (cause: unknown): void =>
        settle(() => reject(cause ?? new LinkFault(undefined, "connection lost")));
      const stopTimer = this.clock.after(this.#answerTimeoutMs, () => {
        const text = `the broker did not answer within ${this.#answerTimeoutMs} ms`;
        settle(() => reject(new LinkFault(undefined, text)));
      });
      this.#ending.add(onGone);
      emitter.on(good, () => {
        if (!isRefused()) settle(resolve);
      });
      emitter.on(bad, refuse);
      void sessionClosed.then(refuse);
    });
  }
}

/**
 * Makes rhea hand over messages as bytes. It would decode them before anybody can catch what that throws: one that is
 * cut short or nested too deep would end the connection, come again on the next one, and so for ever.
 */
function readRawTransfers(session: RheaSession): void {
  const onTransfer = session.on_transfer.bind(session);
  session.on_transfer = (frame: RheaTransfer): void => {
    frame.performative.message_format = RAW_FORMAT;
    const link = session.remote.handles[frame.performative.handle];
    // RabbitMQ 4.0 sends up to five more than it has credit for; rhea would print a line for each.
    if (link !== undefined && link.credit <= 0) link.credit = 1;
    onTransfer(frame);
    // rhea opens the session's window again only when it has something else to write: where nobody settles, and no
    // credit is given, nothing would come after 2,048 transfers, be it in the middle of a message.
    session.connection._register();
  };
}

/** rhea looks at each delivery of a range, whether there is one or not: at 4,000 million of them for a peer that says so. */
function boundDispositions(session: RheaSession): void {
  const onDisposition = session.on_disposition.bind(session);
  session.on_disposition = (frame: RheaDisposition): void => {
    const { first, last } = frame.performative;
    // rhea ends the connection over what is thrown here.
    if (Number(last) - Number(first) > MAX_RANGE)
      throw new Error(`an outcome of more than ${MAX_RANGE} deliveries at a time`);
    onDisposition(frame);
  };
}

/**
 * Tells of deliveries that the broker wants back before they are settled, from `first` to `last`: RabbitMQ 4.3 does it with
 * what was unsettled for longer than its `consumer_timeout`. rhea looks for them among those that fill its window.
 */
export function hearTakenBack(session: RheaSession, tell: (first: number, last: number) => void): void {
  const onDisposition = session.on_disposition.bind(session);
  session.on_disposition = (frame: RheaDisposition): void => {
    onDisposition(frame);
    const { role, first, last } = frame.performative;
    if (role === true || typeof first !== "number") return;
    tell(first, typeof last === "number" ? last : first);
  };
}

export function faultOf(error: RheaError | undefined): LinkFault {
  return new LinkFault(error?.condition, error?.description);
}

export function newLinkName(): string {
  return `porthos-${randomUUID()}`;
}

/** A terminus as rhea takes it. */
export function terminusOf(terminus: Terminus): object {
  const { address, dynamic, lifetimePolicy, durable, capabilities } = terminus;
  return {
    ...(address === undefined ? {} : { address }),
    ...(dynamic === undefined ? {} : { dynamic }),
    ...(durable === undefined ? {} : { durable }),
    ...(capabilities === undefined ? {} : { capabilities: [...capabilities] }),
    ...(lifetimePolicy === undefined ? {} : { dynamic_node_properties: lifetime(lifetimePolicy) }),
  };
}

function lifetime(policy: number): object {
  return { "lifetime-policy": rhea.types.wrap_described([], policy) };
}
