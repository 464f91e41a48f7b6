import { ACCEPTED, RpcError, type SendListener, type SendOutcome } from "@porthos-rpc/protocol";
import type { Guarded } from "./chaos-link.js";
import type { Dice, Fault } from "./dice.js";

/** The sends of one chaos transport: which of them reach the inner one, and what their senders are told. */
export class ChaosSends {
  readonly #dice: Dice;
  readonly #guarded: Guarded;
  /** Those that wait for the inner transport's word. */
  readonly #underway = new Set<Underway>();

  constructor(dice: Dice, guarded: Guarded) {
    this.#dice = dice;
    this.#guarded = guarded;
  }

  /**
   * @param drop the fault that loses a message on this way
   * @param send what hands it to the inner transport
   */
  send(drop: Fault, listener: SendListener | undefined, send: (listener: SendListener) => void): void {
    // All are drawn whether or not they matter, so that one share does not shift what another draws.
    const [refused, dropped, unknown] = [
      this.#dice.roll("refuse"),
      this.#dice.roll(drop),
      this.#dice.roll("unknown"),
    ];
    if (refused) this.#tell(listener, refusal());
    else if (dropped) this.#tell(listener, ACCEPTED);
    else this.#pass(listener, unknown, send);
  }

  /** The connection is lost: whoever was not told yet cannot be told more than that. */
  lost(reason: RpcError): void {
    const all = [...this.#underway];
    this.#underway.clear();
    for (const { listener } of all) this.#tell(listener, lostWord(reason));
  }

  #tell(listener: SendListener | undefined, outcome: SendOutcome): void {
    this.#guarded("an onOutcome", () => listener?.onOutcome(outcome));
  }

  #pass(listener: SendListener | undefined, unknown: boolean, send: (listener: SendListener) => void): void {
    const underway: Underway = { listener };
    this.#underway.add(underway);
    send({
      onOutcome: (outcome) => {
        if (!this.#underway.delete(underway)) return;
        this.#tell(listener, unknown && outcome.kind === "accepted" ? lostWord() : outcome);
      },
    });
  }
}

interface Underway {
  readonly listener: SendListener | undefined;
}

function lostWord(cause?: RpcError): SendOutcome {
  const error = new RpcError("Unavailable", "chaos: the broker's word was lost", { cause });
  return { kind: "unknown", error };
}

function refusal(): SendOutcome {
  return { kind: "refused", error: new RpcError("Overloaded", "chaos: the broker is full") };
}
