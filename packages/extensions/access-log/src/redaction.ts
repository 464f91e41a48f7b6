import { wrong } from "@porthos-rpc/protocol";

/** What stands in a line for what is not to be seen. */
export const REDACTED = "[redacted]";

type Path = readonly string[];

/** One step of a path: `.name`, `[0]`, `[*]` or `["any name"]`. */
const STEP = /\.?([^.[\]"]+)|\[(\d+|\*)\]|\["([^"]*)"\]/y;

const EXPECTED = 'a list of paths such as "args.password", "args.cards[*].number" or "headers.x-token"';

/** Which parts of a line's fields are not to be seen. */
export class Redaction {
  /** Names of headers. */
  readonly headers: readonly string[];
  readonly #args: readonly Path[];
  readonly #body: readonly Path[];

  /** @throws {TypeError} for what is no list of paths, by name. */
  constructor(where: string, name: string, paths: unknown) {
    const parsed = parseAll(paths);
    if (parsed === undefined) throw wrong(where, name, EXPECTED, paths);
    const below = (field: string): Path[] =>
      parsed.filter(([first]) => first === field).map(([, ...rest]) => rest);
    this.#args = below("args");
    this.#body = below("body");
    this.headers = below("headers").map(([header]) => header ?? "*");
  }

  /** The arguments without what is not to be seen. They are changed in place: they must be nobody else's. */
  args(value: unknown): unknown {
    return redacted(value, this.#args);
  }

  /** The same for an answer. */
  body(value: unknown): unknown {
    return redacted(value, this.#body);
  }
}

function parseAll(paths: unknown): Path[] | undefined {
  if (!Array.isArray(paths)) return undefined;
  const parsed = paths.map((path: unknown) => (typeof path === "string" ? parse(path) : undefined));
  const areGood = parsed.every((path) => ["args", "body", "headers"].includes(path?.[0] ?? ""));
  return areGood ? (parsed as Path[]) : undefined;
}

function parse(path: string): Path | undefined {
  const steps: string[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const step = STEP.exec(path);
    if (step === null) return undefined;
    steps.push(step[1] ?? step[2] ?? step[3] ?? "");
  }
  return steps;
}

function redacted(value: unknown, paths: readonly Path[]): unknown {
  if (value === undefined || paths.length === 0) return value;
  if (paths.some((path) => path.length === 0)) return REDACTED;
  for (const path of paths) hide(value, path, 0);
  return value;
}

/** Steps that lead nowhere hide nothing. */
function hide(value: unknown, path: Path, index: number): void {
  if (typeof value !== "object" || value === null) return;
  const step = path[index] as string;
  const holder = value as Record<string, unknown>;
  for (const key of step === "*" ? Object.keys(holder) : [step]) {
    if (!Object.hasOwn(holder, key)) continue;
    if (index === path.length - 1) holder[key] = REDACTED;
    else hide(holder[key], path, index + 1);
  }
}
