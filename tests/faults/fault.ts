import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { rows } from "../rows.js";
import { CARRIERS, type Carrier } from "./carriers.js";
import { carriersOfFault, faultOf } from "./registry.js";
import { titleOf } from "./title.js";
import { Lag } from "./watch/lag.js";
import { ProcessWatch } from "./watch/process-watch.js";
import { WatchedStage } from "./watch/watched-stage.js";

/** What a closed transport has to let go of its sockets. */
const LET_GO_WITHIN_MS = 5_000;

export interface FaultOptions {
  readonly timeoutMs?: number;
  /** Runs when nothing else of its file does: for tests that measure. @default false */
  readonly isAlone?: boolean;
  /** Only on these. @default all of the fault's carriers */
  readonly on?: readonly Carrier[];
}

/** One promise about a fault, on one carrier. */
export type FaultBody = (stage: WatchedStage, context: TestContext) => Promise<void>;

const watch = { process: new ProcessWatch(), lag: new Lag() };

beforeAll(() => watch.process.begin());
afterAll(async () =>
  expect(await watch.process.left(LET_GO_WITHIN_MS), "what keeps the process alive").toEqual([]),
);

/**
 * What Porthos promises when a fault of the list strikes: a test of that name for each of the fault's carriers that this
 * run has, all at the same time, each on a stage of its own that is watched.
 */
export function fault(number: number, promise: string, body: FaultBody, options: FaultOptions = {}): void {
  const carriers = carriersOfFault(faultOf(number)).filter(
    (carrier) => options.on?.includes(carrier) ?? true,
  );
  const here = rows.filter(([carrier]) => carriers.some((one) => one === carrier));
  if (here.length === 0)
    test(`fault ${number}: ${promise}`, ({ skip }) => skip("this run has none of its carriers"));
  for (const [carrier, row] of here) {
    const run = options.isAlone === true ? test : test.concurrent;
    run(titleOf(number, carrier, promise), { timeout: options.timeoutMs ?? 60_000 }, async (context) => {
      const isObserved = Object.keys(CARRIERS).indexOf(carrier) % 2 === 0;
      const stage = new WatchedStage(row, `fault${number}`, { ...watch, isObserved });
      try {
        await body(stage, context);
      } catch (error) {
        await stage[Symbol.asyncDispose]().catch(() => {});
        throw error;
      }
      await stage.close();
    });
  }
}
