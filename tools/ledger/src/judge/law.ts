import type { History } from "./history.js";

export type LawName = "L1" | "L2" | "L3" | "L4" | "L5" | "L6" | "L7" | "L8" | "drain";

/** One way in which a run broke a law. */
export type Violation = { readonly law: LawName; readonly text: string };

export type Law = (history: History) => Iterable<Violation>;
