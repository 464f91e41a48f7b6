import type { Lease, Subscription, Transport } from "@porthos-rpc/protocol";
import type { Intake } from "./dispatcher.js";

/** A server's use of one of its transports: a lease, and a consumer of the service's queue. */
export class Consumption {
  readonly transport: Transport;
  readonly #intake: Intake;
  #lease: Lease | undefined;
  #subscription: Subscription | undefined;
  #stopHearing: (() => void)[] = [];

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
      this.transport.on("closed", onClosed),
    ];
  }

  /** @throws as `Transport.consume` */
  async start(service: string, credit: number): Promise<void> {
    this.#subscription = await this.transport.consume(service, { credit }, (delivery) =>
      this.#intake.dispatch(delivery),
    );
  }

  /** Takes no more requests. Never rejects. */
  async cancel(): Promise<void> {
    await this.#subscription?.cancel();
  }

  /** To be called when the last answer is sent. Never rejects. */
  async release(): Promise<void> {
    for (const stop of this.#stopHearing) stop();
    await this.#lease?.release();
  }
}
