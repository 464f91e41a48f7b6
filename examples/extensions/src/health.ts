import { health } from "@porthos-rpc/extension-health";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";

/* What an orchestrator is told of a server: while all is well, and while its database is away. */

let isDatabaseThere = true;
const transport = memory();
// Any that is free; an orchestrator needs one that it knows.
const probes = health({ port: 0, host: "127.0.0.1", checks: { database: () => isDatabaseThere } });
const server = createServer({ transport, service: "Calculator", extensions: [probes] });
server.register("addOne", (request) => request.json<number>() + 1);
// What a check finds is for those who run the service, and not for who probes.
server.on("extensionError", ({ during, error }) => console.log(`${during}: ${(error as Error).message}`));
await server.listen();

const ask = async (path: string): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${probes.port}${path}`);
  return `${path}: ${response.status}`;
};

console.log(await ask("/readyz"), await ask("/livez"));
isDatabaseThere = false;
// A check's result is good for a second.
await new Promise((resolve) => setTimeout(resolve, 1_100));
console.log(await ask("/readyz"), await ask("/livez"));
const { checks } = (await probes.status()).readiness;
console.log(`database: ${checks["database"]}`);

await server.shutdown();
await transport.close();
console.log((await probes.status()).readiness.phase);
