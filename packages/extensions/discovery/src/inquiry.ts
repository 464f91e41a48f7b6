import type { Clock, Inbox, Message, RpcError, SendOutcome, Transport } from "@porthos-rpc/protocol";
import { answerOf } from "./answer-of.js";
import type { Answer, AnswerKind } from "./answers.js";
import type { Discovery } from "./discover.js";
import { type Ends, Gathering } from "./gathering.js";
import { questionMessage } from "./question.js";
import { randomId } from "./random-id.js";
import { topicError } from "./topic-error.js";

/** All answers to a question together have no more bytes. */
const MAX_BYTES = 67_108_864;

/** What is asked of whom, and for how long. */
export interface Question<K extends AnswerKind> extends Ends {
  readonly kind: K;
  readonly topic: string;
  readonly service: string | undefined;
  readonly instance: string | undefined;
  readonly clock: Clock;
}

/** One question over one transport, from its inbox to its end. */
export class Inquiry<K extends AnswerKind> implements Discovery<Answer[K]> {
  readonly #transport: Transport;
  readonly #question: Question<K>;
  readonly #gathering: Gathering<Answer[K]>;
  readonly #id = randomId();
  readonly #answered = new Set<string>();
  #isAsked = false;
  #bytesLeft = MAX_BYTES;
  #dropped = 0;

  constructor(transport: Transport, question: Question<K>) {
    this.#transport = transport;
    this.#question = question;
    this.#gathering = new Gathering(question.clock, question);
  }

  get dropped(): number {
    return this.#dropped;
  }

  async all(): Promise<Answer[K][]> {
    const answers: Answer[K][] = [];
    for await (const answer of this) answers.push(answer);
    return answers;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Answer[K], undefined> {
    if (this.#isAsked) throw new TypeError("discover: its answers can be read once");
    this.#isAsked = true;
    const lease = this.#transport.acquire();
    let inbox: Inbox | undefined;
    try {
      inbox = await this.#openInbox();
      this.#publish(inbox);
      for (;;) {
        const answer = await this.#gathering.next();
        if (answer === undefined) return;
        yield answer;
      }
    } finally {
      this.#gathering.end();
      await inbox?.close();
      await lease.release();
    }
  }

  /** @throws {TypeError} on a transport without topics @throws {RpcError} */
  async #openInbox(): Promise<Inbox> {
    await this.#transport.ready();
    const { name, features } = this.#transport;
    if (!features.topics)
      throw new TypeError(`discover needs "topics", which transport "${name}" does not have`);
    const opening = this.#transport.openInbox({
      onMessage: (message) => this.#take(message),
      onLost: (_, cause) => this.#gathering.end(this.#failure("its answers cannot be received", cause)),
    });
    return this.#inTime(opening);
  }

  /** It would be opened for as long as the broker is away. */
  async #inTime(opening: Promise<Inbox>): Promise<Inbox> {
    const { clock, timeoutMs } = this.#question;
    let stopTimer = (): void => {};
    const late = new Promise<never>((_, reject) => {
      stopTimer = clock.after(timeoutMs, () => {
        reject(this.#failure(`no inbox could be opened within ${timeoutMs} ms`));
        opening.then(
          (inbox) => inbox.close(),
          () => {},
        );
      });
    });
    return Promise.race([opening, late]).finally(stopTimer);
  }

  /** Answers may come before the broker says that it has the question. */
  #publish({ address }: Inbox): void {
    if (address === undefined) {
      this.#gathering.end(this.#failure("its answers cannot be received"));
      return;
    }
    const { kind, topic, timeoutMs } = this.#question;
    const ttlMs = Math.max(1, Math.round(timeoutMs));
    const message = questionMessage(kind, { correlationId: this.#id, replyTo: address, ttlMs });
    this.#gathering.begin();
    this.#transport.publish(topic, message, { onOutcome: (outcome) => this.#sent(outcome) });
  }

  #sent(outcome: SendOutcome): void {
    if (outcome.kind === "accepted" || outcome.kind === "unroutable") return;
    const cause = "error" in outcome ? outcome.error : undefined;
    this.#gathering.end(this.#failure("it cannot be published to", cause));
  }

  #take(message: Message): void {
    if (this.#gathering.isOver) return;
    const answer = this.#wanted(message);
    if (answer === undefined) {
      this.#dropped++;
      return;
    }
    this.#bytesLeft -= message.body.length;
    this.#answered.add(answer.instance);
    this.#gathering.add(answer);
  }

  /** The answer that it is, if it is one to this question, from one who has not answered it. */
  #wanted({ correlationId, body }: Message): Answer[K] | undefined {
    const { kind, service, instance } = this.#question;
    if (correlationId !== this.#id || body.length > this.#bytesLeft) return undefined;
    const answer = answerOf(kind, body);
    if (answer === undefined || this.#answered.has(answer.instance)) return undefined;
    const isFromThere =
      (service ?? answer.service) === answer.service && (instance ?? answer.instance) === answer.instance;
    return isFromThere ? answer : undefined;
  }

  #failure(what: string, cause?: unknown): RpcError {
    const { topic } = this.#question;
    const text = `discover: topic "${topic}" over ${this.#transport.name}: ${what}`;
    return topicError(text, cause);
  }
}
