import type { ClientCall, Clock, Extension } from "@porthos-rpc/protocol";
import { Circuit } from "./circuit.js";
import { type CircuitBreakerOptions, checkCircuitBreakerOptions } from "./options.js";

/** So many methods have a circuit of their own. */
const MAX_CIRCUITS = 1_000;

/** What the methods beyond share: no method can be called that. */
const REST = "";

/**
 * Stops calling a service that fails: once more than `failureRatio` of the last `window` calls ended with `Timeout`, `Unavailable`, `NoService`,
 * `Overloaded` or an answer of 500 and above, calls end at once with `Unavailable`, `executed: "no"`. After `openMs` one call is let through: if its service answers, all
 * are, else none for `openMs` more. What is wrong with a call itself (4xx), and that a caller gave up, count as nothing.
 *
 * Streams are refused while it is open, and do not count. One-way calls neither: the service's queue keeps them until it is back. `describe()`
 * tells the state of each circuit.
 *
 * One for each client: it holds what it has seen of that client's service.
 * @throws {TypeError} for a wrong option, by name.
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): Extension {
  const checked = checkCircuitBreakerOptions(options);
  const circuits = new Map<string, Circuit>();
  let clock: Clock | undefined;

  const circuitOf = (call: ClientCall, running: Clock): Circuit => {
    const own = checked.per === "method" ? call.method : call.service;
    const name = circuits.has(own) || circuits.size < MAX_CIRCUITS ? own : REST;
    let circuit = circuits.get(name);
    if (circuit === undefined) {
      circuit = new Circuit(checked, running);
      circuits.set(name, circuit);
    }
    return circuit;
  };

  return {
    name: "circuit-breaker",
    apiVersion: 1,
    client: {
      start(host) {
        if (clock !== undefined)
          throw new TypeError("circuitBreaker: it is part of a client already; make one for each client");
        clock = host.clock;
      },
      wrap: {
        phase: "breaker",
        run: (call, next) =>
          clock === undefined || call.kind === "void" ? next(call) : circuitOf(call, clock).run(call, next),
      },
      stop() {
        for (const circuit of circuits.values()) circuit.close();
        circuits.clear();
        clock = undefined;
      },
      describe() {
        const said = [...circuits].map(([name, circuit]) => [name || "the others", circuit.said]);
        return { ...checked, circuits: Object.fromEntries(said) as unknown };
      },
    },
  };
}
