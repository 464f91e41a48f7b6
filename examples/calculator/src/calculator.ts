import type { Server } from "@porthos-rpc/server";

export const CALCULATOR = "CalculatorService";

/** What `addOne` answers. */
export interface Sum {
  readonly original_value: number;
  readonly value_plus_one: number;
}

/** The methods of the service; which broker carries the calls is none of their business. */
export function registerCalculator(server: Server): void {
  server.register("addOne", (request, response) => {
    const { value } = request.json<{ value: number }>();
    response.json(200, { original_value: value, value_plus_one: value + 1 } satisfies Sum);
  });

  // What a handler returns is answered with 200.
  server.register("add", (request) => request.args<[number, number]>().reduce((sum, term) => sum + term, 0));

  server.register("log", (request) => {
    const [level, text] = request.args<[string, string]>();
    console.log(`  the service logs: [${level}] ${text}`);
  });

  // Takes longer than anybody wants to wait, and stops when nobody waits any more.
  server.register(
    "ponder",
    (request) =>
      new Promise((resolve) => {
        request.signal.addEventListener("abort", () => resolve(undefined));
      }),
  );
}
