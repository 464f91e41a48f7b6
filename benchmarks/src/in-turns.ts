/*
 * Subjects in one process that take turns, the order turned round each time. CPU time, which is steadier than the clock. The figure is the
 * median over the rounds of the ratio to the first subject of the same round.
 */

const CALLS = 20_000;
const PENDING = 100;

export type AddOne = (value: number) => Promise<number>;

/** Measures the subjects, and prints a table of them. @param rounds 1 or more */
export async function compareInTurns(
  subjects: Readonly<Record<string, AddOne>>,
  rounds: number,
): Promise<void> {
  const names = Object.keys(subjects);
  const costs = new Map<string, number[]>(names.map((name) => [name, []]));
  for (const addOne of Object.values(subjects)) await cost(addOne);
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      costs.get(name)?.push(await cost(subjects[name] as AddOne));
    }
  }
  print(costs, rounds);
}

/** Microseconds of CPU time a call. */
async function cost(addOne: AddOne): Promise<number> {
  let next = 0;
  const callOnAndOn = async (): Promise<void> => {
    for (let value = next++; value < CALLS; value = next++) {
      const sum = await addOne(value);
      if (sum !== value + 1) throw new Error(`addOne(${value}) answered ${sum}`);
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: PENDING }, callOnAndOn));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

function print(costs: ReadonlyMap<string, readonly number[]>, rounds: number): void {
  const [first = "", base = []] = [...costs][0] ?? [];
  console.log(`Node ${process.version}, ${rounds} rounds of ${CALLS} calls, ${PENDING} pending\n`);
  console.log(`| addOne over memory | CPU us/call | us more | x ${first} |\n| --- | --- | --- | --- |`);
  for (const [name, all] of costs) {
    const ratios = all.map((each, round) => each / (base[round] ?? Number.NaN));
    const more = all.map((each, round) => each - (base[round] ?? Number.NaN));
    const figures = [median(all).toFixed(1), median(more).toFixed(2), median(ratios).toFixed(2)];
    console.log(`| ${name} | ${figures.join(" | ")} |`);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
