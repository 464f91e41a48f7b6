import { describe, expect, it } from "vitest";
import { runtimeOf } from "./runtime.js";

describe("runtimeOf", () => {
  it.each<[string, Parameters<typeof runtimeOf>[0], string | undefined]>([
    ["Node", { process: { versions: { node: "22.1.0", v8: "12" } } }, "node 22.1.0"],
    [
      "one that says to be Node as well",
      { process: { versions: { node: "22.1.0", bun: "1.2" } } },
      "bun 1.2",
    ],
    ["a browser", { navigator: { userAgent: "Mozilla/5.0" } }, "Mozilla/5.0"],
    ["a host that says nothing", {}, undefined],
  ])("names %s", (_, host, name) => {
    expect(runtimeOf(host)).toBe(name);
  });
});
