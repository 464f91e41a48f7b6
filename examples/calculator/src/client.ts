import { createClient, RpcError } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { CALCULATOR, type Sum } from "./calculator.js";

/** How many calls to make: the first argument. */
const calls = Number(process.argv[2] ?? 3);

const transport = await connect(process.env["PORTHOS_URL"] ?? "amqp://localhost");
console.log(`connected over ${transport.name}`);
const client = createClient({ transport, service: CALCULATOR, timeoutMs: 5_000 });
try {
  for (let value = 1; value <= calls; value++) {
    const response = await client.call("addOne").withMap({ value }).sync();
    console.log(`addOne(${value}) = ${response.json<Sum>().value_plus_one}`);
  }
} catch (error) {
  if (!(error instanceof RpcError)) throw error;
  console.error(`${error.message} [${error.code}, executed: ${error.executed}]`);
  process.exitCode = 1;
} finally {
  await client.close();
}
