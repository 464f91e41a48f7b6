import { TRANSPORT_EVENTS, type Transport, type TransportEvents } from "@porthos-rpc/protocol";

/** One transport of a test: who still listens to it, who still holds it, and what it told. */
export class TransportWatch {
  readonly told: unknown[] = [];
  #listeners = 0;
  #leases = 0;
  readonly #name: string;

  constructor(transport: Transport) {
    this.#name = transport.name;
    for (const event of Object.keys(TRANSPORT_EVENTS) as (keyof TransportEvents)[])
      transport.on(event, (content) => this.told.push(content));
    const { on, acquire } = transport;
    transport.on = (event, handler) => {
      this.#listeners++;
      return once(on.call(transport, event, handler as never), () => this.#listeners--);
    };
    transport.acquire = () => {
      const lease = acquire.call(transport);
      this.#leases++;
      const counted = once(
        () => {},
        () => this.#leases--,
      );
      return {
        release: () => {
          counted();
          return lease.release();
        },
      };
    };
  }

  /** What its users have left behind. To be asked when they are closed. */
  complaints(): string[] {
    return [
      ...(this.#listeners === 0 ? [] : [`${this.#listeners} listeners of ${this.#name} are left`]),
      ...(this.#leases === 0 ? [] : [`${this.#leases} leases of ${this.#name} are left`]),
    ];
  }
}

function once(stop: () => void, count: () => void): () => void {
  let isStopped = false;
  return () => {
    if (!isStopped) count();
    isStopped = true;
    stop();
  };
}
