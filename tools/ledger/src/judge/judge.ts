import type { Book } from "./book.js";
import { type Figures, figuresOf } from "./figures.js";
import { historyOf } from "./history.js";
import type { Law, LawName, Violation } from "./law.js";
import { confirmedIsKept } from "./laws/confirmed-is-kept.js";
import { drains } from "./laws/drains.js";
import { notExecuted } from "./laws/not-executed.js";
import { nothingLeft } from "./laws/nothing-left.js";
import { oneEffect } from "./laws/one-effect.js";
import { ownAnswer } from "./laws/own-answer.js";
import { replyArrives } from "./laws/reply-arrives.js";
import { settlesOnce } from "./laws/settles-once.js";
import { staysWell } from "./laws/stays-well.js";

export type Verdict = { readonly violations: readonly Violation[]; readonly figures: Figures };

const LAWS: Readonly<Record<LawName, Law>> = {
  L1: settlesOnce,
  L2: ownAnswer,
  L3: notExecuted,
  L4: confirmedIsKept,
  L5: oneEffect,
  L6: replyArrives,
  L7: nothingLeft,
  L8: staysWell,
  drain: drains,
};

/** Judges a run by what its processes wrote down, and by nothing else. @throws {Error} for files that are no ledger */
export function judge(books: readonly Book[]): Verdict {
  const history = historyOf(books);
  const violations = Object.values(LAWS).flatMap((law) => [...law(history)]);
  return { violations, figures: figuresOf(history) };
}
