import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@porthos-rpc/client";
import { isContractError } from "@porthos-rpc/contract";
import type { Transport } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { calculator } from "./contract.js";

/** A service and its caller by one contract: a call, a declared error, streams both ways, and a stream that is left early. */
export async function showContract(transport: Transport): Promise<void> {
  const server = createServer({ transport, contract: calculator });
  let stopped = (): void => {};
  const stop = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  server.implement({
    addOne: ({ value }, { errors }) => {
      if (value > 1e9) throw errors.tooLarge({ max: 1e9 });
      return { original_value: value, value_plus_one: value + 1 };
    },
    async *countTo({ to }) {
      let n = 0;
      try {
        while (n < to) {
          yield ++n;
          await delay(1);
        }
      } finally {
        // Where its reader leaves early a generator ends at its next `yield`.
        if (n < to) stopped();
      }
    },
    sum: async (_, { upload }) => {
      let sum = 0;
      for await (const n of upload) sum += n;
      return sum;
    },
  });
  await server.listen();
  const client = createClient({ transport, contract: calculator, timeoutMs: 2_000 });

  const { value_plus_one } = await client.methods.addOne({ value: 20 });
  console.log(`  addOne(20) = ${value_plus_one}`);
  try {
    await client.methods.addOne({ value: 2e9 });
  } catch (error) {
    if (!isContractError(error, calculator.addOne, "tooLarge")) throw error;
    console.log(`  addOne(2e9): tooLarge, at most ${error.data.max}`);
  }
  const counted: number[] = [];
  for await (const n of client.methods.countTo({ to: 3 })) counted.push(n);
  console.log(`  countTo(3): ${counted.join(", ")}`);
  console.log(`  sum of 1 to 100: ${await client.methods.sum(Array.from({ length: 100 }, (_, i) => i + 1))}`);
  for await (const n of client.methods.countTo({ to: 1_000_000 }, { window: 4 })) if (n === 5) break;
  await stop;
  console.log("  a stream that is left at 5: its handler has stopped");

  await client.close();
  await server.shutdown();
}
