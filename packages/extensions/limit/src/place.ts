import type { Gate } from "./gate.js";

/** What a call holds of each gate that it came through, until its end, however often that is told. */
export class Place {
  readonly #all: Gate | undefined;
  readonly #ofMethod: readonly Gate[];
  readonly #ofCaller: Gate | undefined;
  #isLeft = false;

  constructor(all: Gate | undefined, ofMethod: readonly Gate[], ofCaller: Gate | undefined, nowMs: number) {
    this.#all = all;
    this.#ofMethod = ofMethod;
    this.#ofCaller = ofCaller;
    all?.enter(nowMs);
    for (const gate of ofMethod) gate.enter(nowMs);
    ofCaller?.enter(nowMs);
  }

  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#all?.leave();
    for (const gate of this.#ofMethod) gate.leave();
    this.#ofCaller?.leave();
  }
}
