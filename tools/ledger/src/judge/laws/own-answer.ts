import { answerTo, itemsOf } from "../../answer.js";
import type { Entry } from "../../record.js";
import type { Law } from "../law.js";

/** How a call may fail for what is done to a run. Another error is a bug of somebody's. */
const PASSING = new Set(["Timeout", "Cancelled", "Unavailable", "NoService", "Overloaded"]);
/** What a server answers for the same reasons: a stream whose connection broke, a request that came too late, too many of them. */
const PASSING_STATUS = new Set([429, 499, 503, 504]);

/** L2: a call that is answered has its own answer, one that is not has an error that the faults explain; and nobody runs what nobody called. */
export const ownAnswer: Law = function* ({ stories }) {
  for (const { id, issued, settled, started, gaveUp } of stories.values()) {
    if (issued === undefined) {
      if (started.length > 0) yield { law: "L2", text: `${id} ran, and nobody had called it` };
      continue;
    }
    for (const one of settled) {
      const wrong = one.end === "answered" ? wrongAnswer(issued, one) : wrongError(one, gaveUp);
      if (wrong !== undefined) yield { law: "L2", text: `${issued.method} ${id} ${wrong}` };
    }
  }
};

function wrongAnswer({ id, kind, seed, items }: Entry<"issued">, { value }: Entry<"settled">) {
  const expected =
    kind === "note" ? undefined : kind === "stream" ? itemsOf(id, seed, items) : answerTo(id, seed);
  const [given, right] = [JSON.stringify(value), JSON.stringify(expected)];
  return given === right ? undefined : `was answered ${given}; its answer is ${right}`;
}

function wrongError({ code = "", status = 0, text }: Entry<"settled">, gaveUp: boolean): string | undefined {
  const isPassing = code === "Remote" ? PASSING_STATUS.has(status) : PASSING.has(code);
  return isPassing && (code !== "Cancelled" || gaveUp) ? undefined : `failed with ${text}`;
}
