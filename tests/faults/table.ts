import { ALL_CARRIERS, CARRIERS, type Carrier, carriersOf } from "./carriers.js";
import { FAULTS, type Fault } from "./registry.js";

/** The matrix in Markdown: a row for each fault, a column for each carrier. @param cell what stands where a test must be */
export function table(cell: (fault: Fault, carrier: Carrier) => string): string {
  const heads = ["", "fault", ...Object.values(CARRIERS)];
  const lines = FAULTS.map((fault) => [
    String(fault.number),
    fault.title,
    ...ALL_CARRIERS.map((carrier) => cellOf(fault, carrier, cell)),
  ]);
  return [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Why cells of the matrix are left out, or empty. */
export function reasons(): string {
  const leftOut = FAULTS.flatMap(({ number, leftOut }) =>
    Object.entries(leftOut).map(
      ([carrier, reason]) => [number, CARRIERS[carrier as Carrier], reason] as const,
    ),
  );
  const missing = FAULTS.flatMap(({ number, missing }) =>
    missing === undefined ? [] : [[number, "missing", missing] as const],
  );
  return [...leftOut, ...missing]
    .map(([number, what, reason]) => `- ${number}, ${what}: ${reason}`)
    .join("\n");
}

function cellOf(fault: Fault, carrier: Carrier, cell: (fault: Fault, carrier: Carrier) => string): string {
  if (!carriersOf(fault.protocols).includes(carrier)) return "";
  return fault.leftOut[carrier] === undefined ? cell(fault, carrier) : "left out";
}
