import type { Dice } from "./dice.js";
import type { ChaosSettings } from "./options.js";

/** Hands things on late. What was not handed on when it is cleared never is. */
export class Delays {
  readonly #settings: ChaosSettings;
  readonly #dice: Dice;
  readonly #stopTimers = new Set<() => void>();

  constructor(settings: ChaosSettings, dice: Dice) {
    this.#settings = settings;
    this.#dice = dice;
  }

  post(hand: () => void): void {
    const { delayMs, clock } = this.#settings;
    if (delayMs === 0) {
      hand();
      return;
    }
    const stop = clock.after(this.#dice.upTo(delayMs), () => {
      this.#stopTimers.delete(stop);
      hand();
    });
    this.#stopTimers.add(stop);
  }

  clear(): void {
    for (const stop of this.#stopTimers) stop();
    this.#stopTimers.clear();
  }
}
