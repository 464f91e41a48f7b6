import {
  type ExtensionHost,
  type Message,
  NO_HEADERS,
  type Subscription,
  TokenBucket,
  type Transport,
} from "@porthos-rpc/protocol";
import type { AnswerKind } from "./answers.js";
import { Portrait, type Told } from "./portrait.js";
import { ALL_TOPIC, instanceTopic, questionOf, serviceTopic } from "./question.js";
import type { Statistics } from "./statistics.js";
import { topicError } from "./topic-error.js";

const UNITS_PER_SECOND = 100;
/** What an answer costs beyond the look at its question, which costs one. */
const UNITS: Readonly<Record<AnswerKind, number>> = { ping: 0, info: 1, stats: 4, spec: 9 };

/** Answers that nobody has read by then are for nobody. */
const ANSWER_TTL_MS = 10_000;

/** A server's start waits no longer for a broker to take the subscriptions: they go on by themselves. */
const START_MS = 5_000;

/** Hears the questions to a server, over each of its transports, and answers them over the same one. */
export class Responder {
  readonly #host: ExtensionHost;
  readonly #portrait: Portrait;
  readonly #units: TokenBucket;
  readonly #subscriptions: Subscription[] = [];
  #isStopped = false;
  #answered = 0;
  #dropped = 0;

  /** @throws {TypeError} for specs that cannot be told. */
  constructor(host: ExtensionHost, told: Told) {
    this.#host = host;
    this.#portrait = new Portrait(host, told);
    this.#units = new TokenBucket(UNITS_PER_SECOND, UNITS_PER_SECOND, host.clock.now());
  }

  get instance(): string {
    return this.#portrait.instance;
  }

  get statistics(): Statistics {
    return this.#portrait.statistics;
  }

  get answered(): number {
    return this.#answered;
  }

  /** Questions that were none, or too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Resolves when the questions are heard over the transports that are up; over others they will be once those are.
   * @throws {RpcError} when the broker does not let it hear them.
   */
  async start(): Promise<void> {
    const openings = this.#host.transports.map((transport) => {
      const opening = this.#open(transport);
      const isUp = transport.state === "up";
      if (!isUp) opening.catch((error: unknown) => this.#failed(error));
      return isUp ? opening : undefined;
    });
    await this.#withinStart(Promise.all(openings));
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#subscriptions.splice(0).map((subscription) => subscription.cancel()));
  }

  async #withinStart(opened: Promise<unknown>): Promise<void> {
    let stopTimer = (): void => {};
    const late = new Promise<"late">((resolve) => {
      stopTimer = this.#host.clock.after(START_MS, () => resolve("late"));
    });
    const first = await Promise.race([opened, late]).finally(stopTimer);
    if (first === "late") opened.catch((error: unknown) => this.#failed(error));
  }

  async #open(transport: Transport): Promise<void> {
    const topics = [ALL_TOPIC, serviceTopic(this.#host.service), instanceTopic(this.instance)];
    await Promise.all(topics.map((topic) => this.#subscribe(transport, topic)));
  }

  async #subscribe(transport: Transport, topic: string): Promise<void> {
    let subscription: Subscription;
    try {
      subscription = await transport.subscribe(topic, (message) => this.#hear(transport, message));
    } catch (cause) {
      throw topicError(`discovery: the topic "${topic}" cannot be heard over ${transport.name}`, cause);
    }
    if (this.#isStopped) await subscription.cancel();
    else this.#subscriptions.push(subscription);
  }

  #failed(error: unknown): void {
    if (!this.#isStopped) this.#host.report("subscribe", error);
  }

  /** Whatever it is, it costs no more than itself. */
  #hear(transport: Transport, message: Message): void {
    const { replyTo, correlationId } = message;
    const kind = this.#spend(1) ? questionOf(message) : undefined;
    if (this.#isStopped || kind === undefined || replyTo === undefined || !this.#spend(UNITS[kind])) {
      this.#dropped++;
      return;
    }
    transport.reply(replyTo, {
      body: this.#portrait.answer(kind),
      contentType: "application/json",
      correlationId,
      replyTo: undefined,
      ttlMs: ANSWER_TTL_MS,
      headers: NO_HEADERS,
      durable: false,
    });
    this.#answered++;
  }

  /** Whether there were so many left. */
  #spend(units: number): boolean {
    return this.#units.take(this.#host.clock.now(), units) === 0;
  }
}
