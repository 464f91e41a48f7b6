import {
  type AmbientDeadline,
  DEFAULT_ALIVE_MS,
  type Frame,
  type Message,
  type Opening,
  Refusal,
  type ResponseEnvelope,
  RpcError,
} from "@porthos-rpc/protocol";
import { badRequest, internalError, overloaded, refusedByExtension, streamBroken } from "./answers.js";
import { CallExchange, type ExchangeOwner } from "./call-exchange.js";
import { reportDegraded } from "./degraded.js";
import { MAX_WAIT_MS } from "./resends.js";
import type { RunContext } from "./run-context.js";

/** The run whose request asks for more than a reply. */
export interface OpenedRun extends AmbientDeadline {
  readonly name: string;
  /** Whether nothing has ended it yet. */
  readonly isNew: boolean;
  readonly deadlineMs: number | undefined;
  /** The exchange is there, and the handler may begin. @param deadlineMs until when it runs from now on */
  opened(exchange: CallExchange, deadlineMs: number | undefined): void;
  /** Nobody else gets the request any more. */
  accept(): void;
  /** Ends it, and its handler. */
  end(response: ResponseEnvelope): void;
  /** Nobody waits for it any more where its caller did. */
  callerGone(): void;
}

/** What a request asks for beyond its reply, being opened: signs of life, or a stream. */
export class RunOpening implements ExchangeOwner {
  readonly isStream: boolean;
  readonly #context: RunContext;
  readonly #request: Message & { readonly replyTo: string };
  readonly #opening: Opening;
  readonly #run: OpenedRun;
  #exchange: CallExchange | undefined;
  /** Whether the handler may have begun. */
  #hasOpened = false;

  constructor(
    context: RunContext,
    request: Message & { readonly replyTo: string },
    opening: Opening,
    run: OpenedRun,
  ) {
    this.#context = context;
    this.#request = request;
    this.#opening = opening;
    this.#run = run;
    this.isStream = opening.credit !== undefined;
  }

  get name(): string {
    return this.#run.name;
  }

  get timeLeftMs(): number {
    return this.#run.timeLeftMs;
  }

  /** Ends with the run opened, or ended. */
  begin(): void {
    const { transport, sendAgain, clock } = this.#context;
    if (!this.isStream || transport.state === "up") {
      this.#open();
      return;
    }
    // What receives may be back before what sends: the caller would not hear where to send frames to, nor get the first items.
    sendAgain({
      untilMs: clock.now() + Math.min(this.timeLeftMs, MAX_WAIT_MS),
      pauseMs: undefined,
      bytes: 0,
      retry: (canSend) => {
        if (!this.#run.isNew) return;
        if (canSend) this.#open();
        else this.#run.end(streamBroken("the service lost its connection to the broker", "no"));
      },
    });
  }

  /** A stream's caller needs to know where to send frames to. */
  #open(): void {
    const { frames } = this.#context;
    if (!this.isStream) {
      this.#begin(undefined);
    } else if (frames.address !== undefined) {
      this.#begin(frames.address);
    } else {
      frames.open().then(
        (address) => this.#begin(address),
        (reason: RpcError) => this.#onNoInbox(reason),
      );
    }
  }

  onFrame(frame: Frame, message: Message): void {
    this.#exchange?.receive(frame, message);
  }

  /** Resolves when all frames have gone through the extensions; undefined if they have. */
  sent(): Promise<void> | undefined {
    return this.#exchange?.sent();
  }

  /** Nobody reads the frames that have not. */
  drop(): void {
    this.#exchange?.drop();
  }

  /** The address is gone that the caller of a stream was told. */
  onFramesLost(context: RunContext): void {
    if (!this.isStream || context !== this.#context || this.#exchange === undefined) return;
    this.#run.end(streamBroken("the service lost its connection to the broker"));
  }

  /** The run is over. @param error what a handler gets that reads on @param response what it ended with */
  stop(error: RpcError, response: ResponseEnvelope): void {
    this.#exchange?.stop(error, response);
  }

  /** Half a stream cannot be run again by somebody else. */
  onBegun(): void {
    if (this.isStream && this.#run.isNew) this.#run.accept();
  }

  onCallerGone(): void {
    this.#run.callerGone();
  }

  /** If the caller is there, the answer reaches him once the connection is up again. What the transport says of it is not for him. */
  onBroken(): void {
    this.#run.end(streamBroken("the service could not send items of the stream"));
  }

  /** The caller need not know what its operator has to mend. */
  #onNoInbox(reason: RpcError): void {
    const { events, service, transport } = this.#context;
    if (reason.code === "Config")
      reportDegraded(events, `${service} serves no streams`, transport.name, reason);
    this.#run.end(streamBroken("the service could not open an inbox for the stream", "no"));
  }

  onTooMuch(reason: RpcError): void {
    this.#run.end(overloaded(reason.message, "maybe"));
  }

  onFrameFault(error: unknown, direction: "incoming" | "outgoing"): void {
    const executed = this.#hasOpened ? "maybe" : "no";
    if (error instanceof Refusal) {
      this.#run.end(refusedByExtension(error, executed));
      return;
    }
    this.#context.reportThrown("wire", undefined, error);
    const isTheirs = direction === "incoming" && !(error instanceof RpcError && error.code === "Timeout");
    this.#run.end(isTheirs ? badRequest("a frame cannot be decoded", executed) : internalError(executed));
  }

  #begin(address: string | undefined): void {
    if (!this.#run.isNew) return;
    const { credit, aliveMs = DEFAULT_ALIVE_MS } = this.#opening;
    this.#exchange = new CallExchange(this.#context, this.#request, { credit, aliveMs }, this);
    this.#exchange.begin(address);
    if (!this.#run.isNew) return;
    this.#hasOpened = true;
    this.#run.opened(this.#exchange, this.isStream ? this.#streamDeadlineMs : this.#run.deadlineMs);
  }

  /** From now on all of the stream counts, and not its begin. */
  get #streamDeadlineMs(): number | undefined {
    const { timeoutMs } = this.#opening;
    const { ttlMs } = this.#request;
    const begunByMs = this.#run.deadlineMs;
    if (timeoutMs === undefined || begunByMs === undefined || ttlMs === undefined) return undefined;
    return begunByMs - ttlMs + timeoutMs;
  }
}
