/** A delivery that is held back, or handed over. */
export interface Held<Item> {
  readonly tag: number;
  readonly item: Item;
  /** When it came, in milliseconds. */
  readonly sinceMs: number;
}

/**
 * Keeps count of a link's credit: what was granted and has not come, what has come and is unsettled, and what came
 * beyond the credit (RabbitMQ 4.0 sends up to five deliveries more than it was granted), which is held back until
 * others are settled.
 */
export class CreditWindow<Delivery, Item> {
  readonly #credit: number;
  readonly #unsettled = new Map<number, Delivery>();
  #held: Held<Item>[] = [];
  #granted = 0;

  /** @param credit deliveries that may be handed over and unsettled at a time */
  constructor(credit: number) {
    this.#credit = credit;
  }

  /** Credit that the broker has not used. */
  get granted(): number {
    return this.#granted;
  }

  /** Deliveries that are unsettled, with those that are held back. */
  get unsettled(): number {
    return this.#unsettled.size;
  }

  /** A delivery has come and used credit. */
  arrived(): void {
    if (this.#granted > 0) this.#granted--;
  }

  /** Takes note of a delivery. True: hand it over now; false: it is held back. */
  add(tag: number, delivery: Delivery, item: Item, nowMs: number): boolean {
    const handedOver = this.#unsettled.size - this.#held.length;
    this.#unsettled.set(tag, delivery);
    if (handedOver < this.#credit) return true;
    this.#held.push({ tag, item, sinceMs: nowMs });
    return false;
  }

  /** Forgets a delivery and returns it; undefined if it is settled already. */
  settle(tag: number): Delivery | undefined {
    const delivery = this.#unsettled.get(tag);
    this.#unsettled.delete(tag);
    if (this.#held.length > 0) this.#held = this.#held.filter((held) => held.tag !== tag);
    return delivery;
  }

  /** The next that can be handed over, if any. */
  nextHeld(): Held<Item> | undefined {
    if (this.#held.length === 0 || this.#unsettled.size - this.#held.length >= this.#credit) return undefined;
    return this.#held.shift();
  }

  /** Everything that is held back: it will not be handed over any more. */
  takeHeld(): readonly number[] {
    const held = this.#held;
    this.#held = [];
    return held.map(({ tag }) => tag);
  }

  /** How much credit there is to grant, if it is `least` or more; it counts as granted then. */
  grantable(least: number): number {
    const more = this.#credit - this.#granted - this.#unsettled.size;
    if (more < Math.max(1, Math.min(least, this.#credit))) return 0;
    this.#granted += more;
    return more;
  }
}
