import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { Program } from "../program.js";
import { fault } from "./fault.js";

fault(
  43,
  "what a killed server ran goes to another one, and its callers get their answers",
  async (stage) => {
    const env = { PORTHOS_URL: stage.row.url, PORTHOS_SERVICE: stage.service };
    await using killed = new Program("tests/programs/worker.ts", { env });
    await killed.line(/is listening/);
    const client = await stage.client({ timeoutMs: 30_000 });
    const values = Array.from({ length: 10 }, (_value, index) => index);
    const answers = values.map(async (value) =>
      (await client.call("work").withArgs(value, 60_000).sync()).json(),
    );
    for (let line = 1; line <= values.length; line++) await killed.line(/^work/, { from: line });
    await killed.kill();
    const marks = new Arrivals<boolean>("a run at the other server");
    await stage.server({
      work: (request) => {
        marks.add(request.redelivered);
        return request.args()[0];
      },
    });
    expect(await Promise.all(answers)).toEqual(values);
    expect(marks.count).toBe(values.length);
    if (!stage.row.cannot.has("mark what comes again")) expect(new Set(marks.all)).toEqual(new Set([true]));
  },
  { timeoutMs: 60_000 },
);
