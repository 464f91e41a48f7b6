import type { Verdict } from "./judge.js";

const SHOWN = 20;

/** A verdict for people. */
export function report({ violations, figures }: Verdict): string {
  const { availability: share, duplicates, notes, recovery, errors, events } = figures;
  const lines = [
    `${figures.broker}, ${figures.protocol}, seed ${figures.seed}: ${figures.calls} calls, ${figures.faults} faults (${figures.skipped} skipped)`,
    `  violations     ${violations.length}`,
    ...violations.slice(0, SHOWN).map(({ law, text }) => `    ${law}  ${text}`),
    ...(violations.length > SHOWN ? [`    and ${violations.length - SHOWN} more`] : []),
    `  availability   ${percent(share.all)}; idempotent with 5 s or more ${percent(share.patient)}, others ${percent(share.others)}`,
    `                 ${figures.unanswered.patient} of those with 5 s failed, ${figures.unanswered.withQueue} of them while the queue was deleted`,
    `  duplicates     ${duplicates.runs} runs, ${percent(duplicates.rate)}; of calls that are not idempotent ${percent(duplicates.rateOfOthers)}; most effects of one call: ${duplicates.mostEffects}`,
    `  one-way calls  ${notes.confirmed} confirmed, ${notes.lost} lost; ${notes.lostWithQueue} went with deleted queues`,
    `  recovery       median ${recovery.medianMs} ms, p99 ${recovery.p99Ms} ms; slowest: ${recovery.worst}`,
    `  SIGTERM        ${figures.endings.number} servers, the slowest ended after ${figures.endings.slowestMs} ms`,
    `  errors         ${list(errors)}`,
    `  events         ${list(events)}`,
    `  stalls         ${figures.stalls.sumMs} ms of all processes, the longest ${figures.stalls.longestMs} ms`,
    `  memory         ${figures.growth === undefined ? "not judged: too short" : `x ${figures.growth.toFixed(2)} at most`}`,
  ];
  return lines.join("\n");
}

/** One line of a table of runs. */
export function row({ figures, violations }: Verdict): string {
  const { broker, protocol, seed, calls, availability, unanswered, duplicates, recovery } = figures;
  const cells = [
    broker,
    protocol,
    seed,
    calls,
    violations.length,
    percent(availability.all),
    percent(availability.patient),
    `${unanswered.patient} (${unanswered.withQueue})`,
    percent(duplicates.rate),
    percent(duplicates.rateOfOthers),
    recovery.medianMs,
    recovery.p99Ms,
  ];
  return `| ${cells.join(" | ")} |`;
}

export const TABLE_HEAD =
  "| broker | protocol | seed | calls | violations | availability | of idempotent with 5 s | failed of them (with a queue) | duplicates | of others | recovery median ms | p99 ms |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

function list(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, number]) => `${name}: ${number}`);
  return parts.length === 0 ? "none" : parts.join("; ");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
