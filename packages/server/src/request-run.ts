import {
  type Delivery,
  type Message,
  methodOf,
  type RequestEnvelope,
  type ResponseEnvelope,
  type RpcError,
  type SendOutcome,
  type ServerCall,
  Timed,
} from "@porthos-rpc/protocol";
import {
  badRequest,
  deadlinePassed,
  expired,
  methodNotFound,
  refusedByExtension,
  requestTooLarge,
} from "./answers.js";
import { reportHandlerError } from "./handler-error.js";
import { Reply } from "./reply.js";
import type { RunContext } from "./run-context.js";

/**
 * One request on its way through the server: decoded, run, answered exactly once, then acknowledged. It is its own
 * deadline and the call that extensions see, so that a request costs few objects.
 */
export class RequestRun extends Timed implements ServerCall {
  readonly #context: RunContext;
  readonly #delivery: Delivery;
  readonly #onFinished: (run: RequestRun) => void;
  readonly deadlineMs: number | undefined;
  #message: Message;
  #method = "";
  #envelope: RequestEnvelope | undefined;
  #controller: AbortController | undefined;
  #startedMs = 0;
  #state: "new" | "answered" | "finished" = "new";

  constructor(
    context: RunContext,
    delivery: Delivery,
    receivedMs: number,
    onFinished: (run: RequestRun) => void,
  ) {
    super();
    this.#context = context;
    this.#delivery = delivery;
    this.#message = delivery.message;
    this.#onFinished = onFinished;
    const { ttlMs } = delivery.message;
    this.deadlineMs = ttlMs === undefined ? undefined : receivedMs + ttlMs;
  }

  get service(): string {
    return this.#context.service;
  }

  get method(): string {
    return this.#method;
  }

  get kind(): "call" | "void" {
    return this.#message.replyTo === undefined ? "void" : "call";
  }

  get redelivered(): boolean {
    return this.#delivery.redelivered;
  }

  get request(): RequestEnvelope {
    const { contentType, body, headers } = this.#message;
    this.#envelope ??= { method: this.#method, contentType, body, headers };
    return this.#envelope;
  }

  /** Made when somebody asks for it: most handlers do not. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#state !== "new") this.#controller.abort();
    }
    return this.#controller.signal;
  }

  begin(): void {
    const { incoming } = this.#context.wire;
    if (incoming === undefined) {
      this.#run(this.#message);
      return;
    }
    // Called inside a promise, so that what an extension throws at once is caught as well.
    new Promise<Message>((resolve) => resolve(incoming(this.#message))).then(
      (message) => this.#run(message),
      (error: unknown) => this.#refuse(refusedByExtension(error), "an extension could not decode it"),
    );
  }

  /** Stops caring; whoever gets the request next answers it. */
  abandon(): void {
    if (this.#state === "finished") return;
    this.#state = "answered";
    this.#controller?.abort();
    this.#delivery.release();
    this.#finish();
  }

  /** The caller waits no longer. Whatever the handler still does, its slot is free. */
  onDeadline(): void {
    this.#answer(deadlinePassed());
    this.#controller?.abort();
  }

  #run(message: Message): void {
    this.#message = message;
    const { events, clock, maxBodyBytes, service } = this.#context;
    try {
      this.#method = methodOf(message);
    } catch (error) {
      return this.#refuse(badRequest((error as RpcError).message), "it names no method");
    }
    if (!this.#context.hasMethod(this.#method))
      return this.#refuse(methodNotFound(service), "unknown method");
    if (message.body.length > maxBodyBytes) {
      return this.#refuse(requestTooLarge(message.body.length, maxBodyBytes), "too large");
    }
    this.#startedMs = clock.now();
    if (this.deadlineMs !== undefined) {
      if (this.#startedMs >= this.deadlineMs) return this.#expire();
      this.#context.wheel.add(this, this.deadlineMs);
    }
    if (this.#context.autoAck) this.#delivery.accept();
    if (events.has("incoming")) events.emit("incoming", { call: this });
    this.#invoke();
  }

  #invoke(): void {
    try {
      const response = this.#context.invoke(this);
      if (!(response instanceof Promise)) return this.#answer(response);
      response.then(
        (answer) => this.#answer(answer),
        (error: unknown) => this.#thrown(error),
      );
    } catch (error) {
      this.#thrown(error);
    }
  }

  /** The handler's errors are answered further in: this one is an extension's. */
  #thrown(error: unknown): void {
    reportHandlerError(this.#context.events, this, error);
    this.#answer(refusedByExtension(error));
  }

  #expire(): void {
    this.#context.events.emit("expired", { call: this });
    this.#answer(expired());
  }

  #refuse(response: ResponseEnvelope, reason: string): void {
    const { events, service } = this.#context;
    events.emit("refused", { service, response, reason });
    this.#deliver(response);
  }

  #answer(response: ResponseEnvelope): void {
    if (this.#state !== "new") return;
    const { events, clock } = this.#context;
    if (events.has("outgoing")) {
      events.emit("outgoing", { call: this, response, elapsedMs: clock.now() - this.#startedMs });
    }
    this.#deliver(response);
  }

  #deliver(response: ResponseEnvelope): void {
    if (this.#state !== "new") return;
    this.#state = "answered";
    this.#context.wheel.remove(this);
    const { replyTo } = this.#message;
    if (replyTo === undefined) {
      this.#acknowledge();
      return;
    }
    const request = this.#message as Message & { readonly replyTo: string };
    new Reply(this.#context, request, this.deadlineMs, (lost) => this.#replied(lost)).send(response);
  }

  #replied(lost: SendOutcome | undefined): void {
    if (lost !== undefined) this.#context.events.emit("replyLost", { call: this, outcome: lost });
    this.#acknowledge();
  }

  #acknowledge(): void {
    if (this.#state === "finished") return;
    this.#delivery.accept();
    this.#finish();
  }

  #finish(): void {
    this.#state = "finished";
    this.#context.wheel.remove(this);
    this.#onFinished(this);
  }
}
