import { type Client, createClient, RpcError } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { type AccessLogger, accessLog } from "@porthos-rpc/extension-access-log";
import { createServer } from "@porthos-rpc/server";
import { CALCULATOR, registerCalculator, type Sum } from "./calculator.js";
import { showContract } from "./typed.js";

/** The access log writes pino's JSON lines unless it is told otherwise; here people read it. */
const logger: AccessLogger = {
  info: (fields, message) => console.log(`    ${message.padEnd(8)} ${JSON.stringify(fields)}`),
};

/** Service and caller in one process. PORTHOS_URL moves them to a real broker, with no other change. */
const transport = await connect(process.env["PORTHOS_URL"] ?? "memory:");
console.log(`connected over ${transport.name}`);

const extensions = [accessLog({ logger })];
const server = createServer({ transport, service: CALCULATOR, maxInFlight: 10, extensions });
registerCalculator(server);
await server.listen();
const client = createClient({ transport, service: CALCULATOR, timeoutMs: 2_000 });

console.log("\na call:");
const sum = (await client.call("addOne").withMap({ value: 20 }).sync()).json<Sum>();
console.log(`  addOne(20) = ${sum.value_plus_one}`);

console.log("\nthree at once:");
const answers = await Promise.all([1, 2, 3].map((n) => client.call("add").withArgs(n, 10).sync()));
console.log(`  ${answers.map((answer) => answer.json<number>()).join(", ")}`);

console.log("\na one-way call, which resolves when the broker has it:");
const finished = new Promise<void>((resolve) => server.on("outgoing", () => resolve()));
await client.call("log").withArgs("INFO", "nobody answers this").void();
await finished;

console.log("\na method that does not exist:");
const missing = await client.call("divide").withArgs(1, 0).sync();
console.log(`  ${missing.statusCode} ${missing.text()}`);

console.log("\na call that takes too long:");
await failing(client, "ponder", 200);

console.log("\na service that does not exist:");
const nobody = createClient({ transport, service: "NoSuchService" });
await failing(nobody, "anything", 2_000);

console.log("\na service by its contract:");
await showContract(transport);

await Promise.all([nobody.close(), client.close()]);
await server.shutdown();
console.log("\nclosed; the process ends by itself");

/** Makes a call that gets no answer, and shows what its caller learns. */
async function failing(caller: Client, method: string, timeoutMs: number): Promise<void> {
  try {
    await caller.call(method).withTimeout(timeoutMs).sync();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    console.log(`  ${error.code}, executed: ${error.executed}: ${error.message}`);
  }
}
