import { expect } from "vitest";
import { expectQuickEnd } from "../caller.js";
import { Program } from "../program.js";
import { ALL_CARRIERS } from "./carriers.js";
import { fault } from "./fault.js";

const ofProcesses = ALL_CARRIERS.filter((carrier) => carrier !== "memory");

fault(
  42,
  "a server that is told to end finishes what it has, gives back the rest, and exits with 0: no call is lost or runs twice",
  async (stage) => {
    const env = { PORTHOS_URL: stage.row.url, PORTHOS_SERVICE: stage.service };
    await using leaving = new Program("tests/programs/worker.ts", { env });
    await leaving.line(/is listening/);
    const client = await stage.client({ timeoutMs: 30_000 });
    const values = Array.from({ length: 60 }, (_value, index) => index);
    const answers = values.map(async (value) => {
      const response = await client.call("work").withArgs(value, 300).sync();
      return response.json();
    });
    await leaving.line(/^work/);
    const runs: unknown[] = [];
    await stage.server({
      work: (request) => {
        const [value] = request.args();
        runs.push(value);
        return value;
      },
    });
    leaving.signal("SIGTERM");
    expect(await Promise.all(answers)).toEqual(values);
    await expectQuickEnd(leaving);
    expect(leaving.errors).toBe("");
    const ofLeaving = leaving.lines.flatMap((line) => /^work (\d+)/.exec(line)?.[1] ?? []).map(Number);
    expect(runs.concat(ofLeaving).toSorted((a, b) => Number(a) - Number(b))).toEqual(values);
  },
  { on: ofProcesses, timeoutMs: 60_000 },
);
