import { startRabbit } from "@porthos-rpc/brokers";
import { type Load, type Measured, measure } from "./measure.js";
import { SUBJECTS } from "./subjects.js";

/*
 * What a call costs, beside the same call made by hand: `pnpm bench` [ROUNDS]. The subjects run in turn within each
 * round, so that a machine whose speed changes slows all of them; a ratio is to the first subject of its round, and
 * the figure is the median over the rounds. Run it on a machine that does nothing else.
 */

const rounds = Number(process.argv[2] ?? 5);
const LOADS: readonly Load[] = [
  { pending: 1, calls: 4_000, warmUp: 2_000 },
  { pending: 100, calls: 30_000, warmUp: 10_000 },
];

await using broker = await startRabbit();
const pid = Number((await broker.ctl("eval", "os:getpid().")).replace(/\D/g, ""));
console.log(`${broker.product} ${broker.version}, Node ${process.version}, ${rounds} rounds\n`);

for (const load of LOADS) {
  const results = new Map<string, Measured[]>(SUBJECTS.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? SUBJECTS : [...SUBJECTS].reverse();
    for (const { name } of order)
      results.get(name)?.push(await measure(name, broker.url("amqp091"), pid, load));
  }
  print(load, results);
}

function print(load: Load, results: ReadonlyMap<string, readonly Measured[]>): void {
  const base = results.get(SUBJECTS[0].name) ?? [];
  console.log(`addOne, ${load.pending} pending, ${load.calls} calls a run`);
  console.log(
    "| subject | node CPU us/call | all CPU us/call | calls/s | node CPU x | all CPU x | calls/s x |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const [name, runs] of results) {
    const row = (of: (run: Measured) => number): string => median(runs.map(of)).toFixed(1);
    const ratio = (of: (run: Measured) => number): string =>
      median(runs.map((run, round) => of(run) / of(base[round] ?? run))).toFixed(2);
    const node = (run: Measured): number => ((run.client + run.server) / load.calls) * 1e6;
    const all = (run: Measured): number => node(run) + (run.broker / load.calls) * 1e6;
    const rate = (run: Measured): number => load.calls / run.elapsed;
    console.log(
      `| ${name} | ${row(node)} | ${row(all)} | ${row(rate)} | ${ratio(node)} | ${ratio(all)} | ${ratio(rate)} |`,
    );
  }
  console.log("");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
