import type { Socket } from "node:net";
import { createClient, RpcError } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import type { CallerOptions, CallerProgress, CallerSummary } from "./caller-report.js";

/*
 * Calls the calculator's `addOne` again and again, so many at a time, and checks each answer. Ends after `calls` calls,
 * or when its standard input ends; then it prints what became of each.
 */
const options = JSON.parse(process.argv[2] ?? "{}") as CallerOptions;
const { calls = Number.POSITIVE_INFINITY, inFlight, timeoutMs } = options;

const summary: CallerSummary = {
  ended: 0,
  answered: 0,
  wrong: [],
  errors: {},
  untyped: [],
  lies: [],
  latestMs: -timeoutMs,
  tookMs: 0,
};
const notExecuted: number[] = [];
let started = 0;
let stopped = false;
// A pipe from the parent; it must not keep the process alive once the calls are made.
const input = process.stdin as Socket;
input.on("end", () => {
  stopped = true;
});
input.resume();
input.unref();

const transport = await connect(process.env["PORTHOS_URL"] ?? "memory:");
const client = createClient({ transport, service: "CalculatorService", timeoutMs });
const beganMs = performance.now();
await Promise.all(Array.from({ length: inFlight }, callOnAndOn));
if (options.audit)
  summary.lies = (
    await client
      .call("whichRan")
      .withArgs(...notExecuted)
      .sync()
  ).json();
await client.close();
summary.tookMs = performance.now() - beganMs;
print({ summary });

async function callOnAndOn(): Promise<void> {
  while (!stopped && started < calls) {
    await callOnce(++started);
    if (++summary.ended % 250 === 0) print({ ended: summary.ended, answered: summary.answered });
  }
}

async function callOnce(value: number): Promise<void> {
  const startedMs = performance.now();
  try {
    const response = await client.call("addOne").withMap({ value }).sync();
    const text = response.text();
    if (response.statusCode === 200 && text === `{"original_value":${value},"value_plus_one":${value + 1}}`) {
      summary.answered++;
    } else summary.wrong.push(`${value}: ${response.statusCode} ${text}`);
  } catch (error) {
    if (error instanceof RpcError) {
      const kind = `${error.code}, executed: ${error.executed}`;
      summary.errors[kind] = (summary.errors[kind] ?? 0) + 1;
      if (error.executed === "no") notExecuted.push(value);
    } else summary.untyped.push(String(error));
  }
  summary.latestMs = Math.max(summary.latestMs, performance.now() - startedMs - timeoutMs);
}

function print(line: CallerProgress | { readonly summary: CallerSummary }): void {
  console.log(JSON.stringify(line));
}
