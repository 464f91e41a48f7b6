import {
  type ConsumeOptions,
  cancelTopic,
  type Lease,
  type Subscription,
  type Transport,
} from "@porthos-rpc/protocol";
import type { Intake } from "./dispatcher.js";

/** A server's use of one of its transports: a lease, a consumer of the service's queue, and an ear for cancelled calls. */
export class Consumption {
  readonly transport: Transport;
  readonly #intake: Intake;
  #lease: Lease | undefined;
  #requests: Subscription | undefined;
  #cancellations: Subscription | undefined;
  #stopHearing: (() => void)[] = [];
  #isReleased = false;

  constructor(transport: Transport, intake: Intake) {
    this.transport = transport;
    this.#intake = intake;
  }

  /**
   * @param onClosed the transport was closed, for good, by somebody else
   * @throws {RpcError} Closed when the transport is.
   */
  acquire(onClosed: () => void): void {
    this.#lease = this.transport.acquire();
    this.#stopHearing = [
      this.transport.on("up", () => this.#intake.up()),
      this.transport.on("closed", () => {
        this.#intake.closed();
        onClosed();
      }),
    ];
  }

  /** @throws as `Transport.consume` */
  async start(service: string, options: ConsumeOptions): Promise<void> {
    this.#requests = await this.transport.consume(service, options, (delivery) =>
      this.#intake.dispatch(delivery),
    );
  }

  /**
   * Hears which calls are given up, from before their requests come. Where a transport has no topics nobody can tell.
   * @throws as `Transport.subscribe`
   */
  async hearCancellations(service: string): Promise<void> {
    if (!this.transport.features.topics || this.#cancellations !== undefined) return;
    this.#cancellations = await this.transport.subscribe(cancelTopic(service), ({ correlationId }) =>
      this.#intake.cancel(correlationId),
    );
    // The server may have closed meanwhile.
    if (this.#isReleased) await this.#cancellations.cancel();
  }

  /** Takes no more requests. Never rejects. */
  async cancel(): Promise<void> {
    await this.#requests?.cancel();
  }

  /** To be called when the last answer is sent. Never rejects. */
  async release(): Promise<void> {
    this.#isReleased = true;
    await this.#cancellations?.cancel();
    for (const stop of this.#stopHearing) stop();
    await this.#lease?.release();
  }
}
