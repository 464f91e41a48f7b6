import { connect } from "node:net";
import { expect, test } from "vitest";
import { freePorts } from "./free-ports.js";

test("ports differ, nobody listens on them, and no client's own port can be among them", async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  const refused = new Promise((resolve) => connect(ports[0] ?? 0, "127.0.0.1").once("error", resolve));
  expect(await refused).toMatchObject({ code: "ECONNREFUSED" });
});
