import { afterEach, describe, expect, test, vi } from "vitest";
import { type Amqp091Options, readOptions } from "./options.js";
import { warnOfOpenLines } from "./warnings.js";

describe("warnOfOpenLines", () => {
  afterEach(() => vi.restoreAllMocks());

  test.each<[string, Amqp091Options, number]>([
    ["plain AMQP to this machine", { url: "amqp://localhost" }, 0],
    ["TLS to elsewhere", { url: "amqps://bob:s3cret@broker.example" }, 0],
    ["plain AMQP to elsewhere", { url: "amqp://bob:s3cret@broker.example" }, 1],
    ["plain AMQP to a cluster", { url: ["amqp://bob:s3cret@a.example", "amqp://bob:s3cret@b.example"] }, 1],
    ["TLS that believes anyone", { url: "amqps://bob:s3cret@broker.example", tls: { insecure: true } }, 1],
  ])("%s: %#", (_, options, count) => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue(undefined);
    warnOfOpenLines(readOptions(options));
    expect(warn).toHaveBeenCalledTimes(count);
    for (const [text] of warn.mock.calls) expect(String(text)).not.toMatch(/bob|s3cret/);
  });
});
