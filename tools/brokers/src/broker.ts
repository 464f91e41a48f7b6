/** A protocol that a broker may be reached by, as the schemes of Porthos name them. */
export type Protocol = "amqp091" | "amqp10";

/** Brokers that are told things in the same way. */
export type Family = "rabbitmq" | "artemis" | "qpid";

export type Urls = Readonly<Partial<Record<Protocol, string>>>;

/** What is known of a running broker; plain data, so that it can cross to a test's worker. */
export type BrokerInfo = {
  /** Its name in the catalogue, such as `rabbitmq-4.3`. */
  readonly name: string;
  readonly family: Family;
  /** As the broker itself answers: `RabbitMQ`, `3.10.8`. */
  readonly product: string;
  readonly version: string;
  readonly urls: Urls;
  /** How it was had, for people: `private node`, `container`, `PORTHOS_TEST_ARTEMIS_AMQP10_URL`. */
  readonly origin: string;
};

/** The hand on a broker. Every verb resolves when its effect is there: after `start()` the broker answers. */
export type BrokerControl = {
  /** Starts it again with the data and the ports it had. */
  start(): Promise<void>;
  /** Stops it as its operator would; its data stay. */
  stop(): Promise<void>;
  /** Ends all of its processes with SIGKILL: the broker has no time to say or write anything. */
  kill(): Promise<void>;
  /** Has the broker close the connections of all its clients; it lives on. */
  cut(): Promise<void>;
  /**
   * Runs the broker's own command-line tool (`rabbitmqctl`, `artemis`) and resolves with what it printed.
   * @throws {Error} with what the tool said, or when the broker has no such tool: Qpid Broker-J.
   */
  ctl(...args: string[]): Promise<string>;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
};

/** A running broker in a test's hand; `await using` removes it. */
export class Broker implements BrokerInfo, BrokerControl {
  readonly name: string;
  readonly family: Family;
  readonly product: string;
  readonly version: string;
  readonly urls: Urls;
  readonly origin: string;
  readonly #control: BrokerControl;

  constructor(info: BrokerInfo, control: BrokerControl) {
    this.name = info.name;
    this.family = info.family;
    this.product = info.product;
    this.version = info.version;
    this.urls = info.urls;
    this.origin = info.origin;
    this.#control = control;
  }

  /** The URL by which it speaks a protocol. @throws {Error} when it does not speak it. */
  url(protocol: Protocol): string {
    const url = this.urls[protocol];
    if (url === undefined) throw new Error(`The broker ${this.name} does not speak ${protocol}`);
    return url;
  }

  start(): Promise<void> {
    return this.#control.start();
  }

  stop(): Promise<void> {
    return this.#control.stop();
  }

  async restart(): Promise<void> {
    await this.#control.stop();
    await this.#control.start();
  }

  kill(): Promise<void> {
    return this.#control.kill();
  }

  cut(): Promise<void> {
    return this.#control.cut();
  }

  ctl(...args: string[]): Promise<string> {
    return this.#control.ctl(...args);
  }

  remove(): Promise<void> {
    return this.#control.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#control.remove();
  }
}
