import {
  CANCEL,
  type Clock,
  type ComposedWire,
  cancelTopic,
  DeadlineWheel,
  frameMessage,
  frameOf,
  type MaybePromise,
  type Message,
  PendingCalls,
  RpcError,
  type SendListener,
  type StrayReply,
  type Transport,
} from "@porthos-rpc/protocol";
import { Failure, type OutgoingCall, type Settled } from "./outgoing-call.js";
import { endOverdue } from "./overdue.js";
import { ReplyInbox, type ReplyInboxListener } from "./reply-inbox.js";

/** The pause before a call is tried again that could not be sent although the transport says that it is up. */
const RETRY_MS = 20;

/** How long a call that is overdue waits for its server's word: that is on its way, since both count the same time. */
const VERDICT_MS = 100;

/** What the router needs of each client that uses it. */
export interface RouterUser {
  /** Encodes the call as a message that asks for its reply at `replyTo` (undefined for one-way calls). */
  encode(call: OutgoingCall, replyTo: string | undefined): MaybePromise<Message>;
  /** What a reply was before extensions changed it. @throws what they throw */
  decode(reply: Message): MaybePromise<Message>;
  /** What extensions make of a call's reply, in time. @throws what they throw, and when they take too long, or longer than the client lives */
  held(call: OutgoingCall, decoding: Promise<Message>): Promise<Message>;
  /** What changes its messages. */
  readonly wire: ComposedWire;
  /** The most that it takes in one message. */
  readonly maxBodyBytes: number;
  /** The call is handed to the transport. */
  onSend(call: OutgoingCall): void;
  onStray(kind: StrayReply, message: Message): void;
  /** A function that the caller gave with a call has thrown. */
  onListenerError(during: string, error: unknown): void;
}

/** One router a transport. Not state of its own: an entry lives and dies with its transport. */
const routers = new WeakMap<Transport, CallRouter>();

/**
 * Sends the calls of all clients of one transport and brings each its reply, over one inbox, one pending table and one
 * timer. The inbox is opened for the first call that wants a reply, and closed when the last client has gone.
 */
export class CallRouter implements ReplyInboxListener {
  readonly clock: Clock;
  #away: RpcError | undefined;
  /** For the times of streams and signs of life. */
  readonly wheel: DeadlineWheel;
  readonly #transport: Transport;
  readonly #pending: PendingCalls<OutgoingCall>;
  readonly #inbox: ReplyInbox;
  readonly #users = new Set<RouterUser>();
  /** Calls that are in the pending table and not sent. */
  readonly #parked = new Set<OutgoingCall>();
  #awaitingUp = false;
  #stopRetry: (() => void) | undefined;
  #stops: (() => void)[] = [];
  /** The broker takes no messages for now: an alarm. */
  #isBlocked = false;

  static of(transport: Transport, clock: Clock): CallRouter {
    const existing = routers.get(transport);
    if (existing !== undefined && existing.clock === clock) return existing;
    const router = new CallRouter(transport, clock);
    routers.set(transport, router);
    return router;
  }

  private constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.clock = clock;
    this.wheel = new DeadlineWheel(clock);
    this.#pending = new PendingCalls(clock);
    this.#inbox = new ReplyInbox(transport, this);
  }

  join(user: RouterUser): void {
    if (this.#stops.length === 0) {
      this.#stops = [
        this.#transport.on("down", ({ reason }) => this.#onDown(reason)),
        this.#transport.on("blocked", ({ blocked }) => {
          this.#isBlocked = blocked;
        }),
      ];
    }
    this.#users.add(user);
  }

  /** Ends the user's calls, and closes the inbox if it was the last user. Never rejects. */
  async leave(user: RouterUser): Promise<void> {
    for (const call of this.#pending.snapshot()) {
      if (call.user === user)
        call.giveUp(call.failure("Closed", "the client was closed", { executed: "maybe" }));
    }
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    for (const stop of this.#stops.splice(0)) stop();
    this.#isBlocked = false;
    this.#stopRetry?.();
    this.#stopRetry = undefined;
    await this.#inbox.close();
  }

  /** Whether it is up, and its broker takes messages, as far as this client and those before it have heard. */
  get takesCalls(): boolean {
    return this.#transport.state === "up" && !this.#isBlocked;
  }

  /** Registers the call, then sends it: a reply cannot come before its call is known. */
  submit(call: OutgoingCall): void {
    if (call.exchange?.bind(call) === false) {
      const { service, method } = call.call;
      const why = `${service}.${method}: a stream cannot be tried again`;
      // This attempt is not executed, but the one before may have been.
      call.settle(new Failure("Config", why, { executed: "maybe" }));
      return;
    }
    this.#pending.add(call, call.timeLeftMs);
    if (this.#canSend(call)) this.#send(call);
    else this.park(call);
  }

  /** Ends a call, unless it has ended; false if it had. */
  finish(call: OutgoingCall, settled: Settled): boolean {
    if (!this.#pending.drop(call)) return false;
    this.#parked.delete(call);
    call.settle(settled);
    return true;
  }

  /** Keeps a call whose time is over for as long as its server's word may take. */
  awaitVerdict(call: OutgoingCall): void {
    this.#pending.linger(call, VERDICT_MS);
  }

  isPending(call: OutgoingCall): boolean {
    return this.#pending.has(call);
  }

  /** Moves a call's deadline. @param dueMs undefined: it has none any more */
  extend(call: OutgoingCall, dueMs: number | undefined): void {
    this.#pending.extend(call, dueMs);
  }

  /** Sends a frame to a server's inbox. */
  sendFrame(address: string, message: Message, listener: SendListener): void {
    this.#transport.reply(address, message, listener);
  }

  /** Whether all servers of a service can be told of a call. */
  get canTellAll(): boolean {
    return this.#transport.features.topics && this.#transport.state === "up";
  }

  /**
   * Tells the servers that nobody waits for the call any more: who runs it stops, and who gets it does not begin. No extension changes that
   * message, which says nothing but the id: it would have to wait for it.
   */
  tellGivenUp({ id, call: { service } }: OutgoingCall): void {
    if (!this.canTellAll) return;
    const envelope = { correlationId: id, replyTo: undefined, ttlMs: undefined };
    this.#transport.publish(cancelTopic(service), frameMessage(CANCEL, envelope));
  }

  /** Keeps a call until it can be sent (again); its deadline goes on. One whose time is over waits for nothing that could still come. */
  park(call: OutgoingCall): void {
    if (!this.#pending.has(call)) return;
    call.park();
    if (call.isOverdue) {
      call.onDeadline();
      return;
    }
    if (this.#failsDown(call)) return;
    this.#parked.add(call);
    if (!call.oneWay) this.#inbox.open();
    this.#awaitUp();
  }

  /** Keeps a call that the transport would not send. */
  unsent(call: OutgoingCall): void {
    this.park(call);
    // No event will tell of it. Trying again at once could go on for ever without a turn.
    if (this.#transport.state === "up") this.#retrySoon();
  }

  #retrySoon(): void {
    this.#stopRetry ??= this.clock.after(RETRY_MS, () => {
      this.#stopRetry = undefined;
      this.#flush();
    });
  }

  /** Ends the user's calls that wait here to be sent: another of its transports can send them. */
  yieldParked(user: RouterUser): void {
    for (const call of [...this.#parked]) {
      if (call.user === user) this.finish(call, call.failure("Unavailable", "it was not sent"));
    }
  }

  /** Why there is no connection, as far as the transport has said it; undefined while there is one. */
  get away(): RpcError | undefined {
    return this.#transport.state === "up" ? undefined : this.#away;
  }

  /** Ends the call if it is not to wait for a lost connection. */
  #failsDown(call: OutgoingCall): boolean {
    if (call.whenDown === "wait" || this.#transport.state !== "down") return false;
    this.finish(call, call.failure("Unavailable", "the connection to the broker is down"));
    return true;
  }

  /** Calls that waited for something else, the inbox perhaps, wait for the connection now. */
  #onDown(reason: RpcError): void {
    this.#away = reason;
    for (const call of [...this.#parked]) this.#failsDown(call);
    if (this.#parked.size > 0) this.#awaitUp();
  }

  onReply(message: Message): void {
    const id = message.correlationId;
    const frame = frameOf(message);
    if (frame !== undefined) {
      this.#pending.get(id)?.exchange?.receive(frame, message);
      return;
    }
    const exchange = this.#pending.get(id)?.exchange;
    if (exchange?.isReceiving === true) {
      // It ends the call, and extensions have not let through all that came before it.
      if (!exchange.whenReceived(() => this.onReply(message))) this.#stray("duplicate", message);
      return;
    }
    const call = this.#pending.take(id);
    // A transport may have called its send `unsent`, and yet it was answered.
    if (call !== undefined) this.#parked.delete(call);
    if (call === undefined) {
      this.#stray(this.#pending.classify(id), message);
    } else if (this.clock.now() < call.deadlineMs) {
      call.settle(message);
    } else {
      void endOverdue(call, message, () => this.#stray("late", message));
    }
  }

  #stray(kind: StrayReply, message: Message): void {
    for (const user of this.#users) user.onStray(kind, message);
  }

  onInboxOpen(): void {
    this.#flush();
  }

  /** The calls that wait for a reply at the lost address end now, or are sent again, and do not wait for their deadline. */
  onInboxLost(generation: number, reason: RpcError): void {
    for (const call of this.#pending.snapshot()) {
      if (call.inboxGeneration === 0 || call.inboxGeneration > generation || call.sendAgain()) continue;
      const what = `the reply address was lost: ${reason.message}`;
      // A transport that was closed does not come back.
      const code = reason.code === "Closed" ? "Closed" : "Unavailable";
      this.finish(call, call.failure(code, what, { executed: "maybe", cause: reason }));
    }
  }

  onInboxFailed(reason: RpcError): void {
    this.#failParked(reason);
  }

  #canSend(call: OutgoingCall): boolean {
    return this.#transport.state === "up" && (call.oneWay || this.#inbox.address !== undefined);
  }

  #send(call: OutgoingCall): void {
    const replyTo = call.oneWay ? undefined : this.#inbox.address;
    let message: MaybePromise<Message>;
    try {
      message = call.user.encode(call, replyTo);
    } catch (error) {
      this.#failEncoding(call, error);
      return;
    }
    if (!(message instanceof Promise)) {
      this.#transmit(call, message);
      return;
    }
    message.then(
      (encoded) => {
        // What was encoded for an address that is gone by now has to be encoded again.
        if (call.oneWay || replyTo === this.#inbox.address) this.#transmit(call, encoded);
        else if (this.#canSend(call)) this.#send(call);
        else this.park(call);
      },
      (error: unknown) => this.#failEncoding(call, error),
    );
  }

  #transmit(call: OutgoingCall, message: Message): void {
    if (!this.#pending.has(call)) return;
    call.phase = "sent, not confirmed by the broker";
    if (!call.oneWay) call.inboxGeneration = this.#inbox.generation;
    call.user.onSend(call);
    this.#transport.send(call.call.service, message, call.listener);
  }

  #failEncoding(call: OutgoingCall, error: unknown): void {
    const failure =
      error instanceof RpcError
        ? Failure.from(error)
        : call.failure("BadRequest", "an extension failed to encode the request", { cause: error });
    this.finish(call, failure);
  }

  #flush(): void {
    for (const call of [...this.#parked]) {
      if (!this.#canSend(call)) continue;
      this.#parked.delete(call);
      this.#send(call);
    }
  }

  /** One wait for all parked calls. While the broker is merely away, it is begun anew as long as there are any. */
  #awaitUp(): void {
    if (this.#awaitingUp || this.#transport.state === "up") return;
    this.#awaitingUp = true;
    this.#transport.ready().then(
      () => {
        this.#awaitingUp = false;
        this.#flush();
      },
      (reason: RpcError) => {
        this.#awaitingUp = false;
        this.#away = reason;
        if (reason.code !== "Unavailable") this.#failParked(reason);
        else this.#failParked(reason, (call) => call.whenDown === "fail");
        if (this.#parked.size > 0) this.#awaitUp();
      },
    );
  }

  #failParked(reason: RpcError, isMeant: (call: OutgoingCall) => boolean = () => true): void {
    for (const call of [...this.#parked]) {
      if (!isMeant(call)) continue;
      this.finish(call, call.failure(reason.code, reason.message, { executed: "no", cause: reason }));
    }
  }
}
