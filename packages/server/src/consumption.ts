import type { Lease, Subscription, Transport } from "@porthos-rpc/protocol";
import type { Intake } from "./dispatcher.js";

/** A server's use of one of its transports: a lease, and a consumer of the service's queue. */
export class Consumption {
  readonly transport: Transport;
  readonly #intake: Intake;
  #lease: Lease | undefined;
  #subscription: Subscription | undefined;
  #stopUp: (() => void) | undefined;

  constructor(transport: Transport, intake: Intake) {
    this.transport = transport;
    this.#intake = intake;
  }

  /** @throws {RpcError} Closed when the transport is. */
  acquire(): void {
    this.#lease = this.transport.acquire();
    this.#stopUp = this.transport.on("up", () => this.#intake.up());
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
    this.#stopUp?.();
    await this.#lease?.release();
  }
}
