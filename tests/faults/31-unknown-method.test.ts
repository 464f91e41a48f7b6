import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";

fault(
  31,
  "a method that nobody registered is answered 404, at once and without a list of methods",
  async (stage) => {
    const server = await stage.server({ secretMethod: () => 1 });
    const refused = new Arrivals<string | undefined>("a refused request");
    server.on("refused", ({ method }) => refused.add(method));
    const client = await stage.client({ timeoutMs: 30_000 });
    await client.call("secretMethod").sync();
    const startedMs = performance.now();
    const response = await client.call("divide").withArgs(1, 0).sync();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ status: 404, executed: "no" });
    expect(response.text()).not.toContain("secretMethod");
    expect(await refused.next()).toBe("divide");
  },
);
