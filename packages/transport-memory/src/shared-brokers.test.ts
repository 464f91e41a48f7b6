import type { Transport } from "@porthos-rpc/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { textOf } from "../test/messages.js";
import { consume, declare, send } from "../test/stage.js";
import { memory } from "./index.js";

async function up(url?: string): Promise<Transport> {
  const transport = memory(url === undefined ? {} : { url });
  transport.acquire();
  await transport.ready();
  onTestFinished(() => transport.close());
  return transport;
}

describe("the broker of a URL", () => {
  it("is shared by all transports with the same URL", async () => {
    const [server, client] = [await up("memory:"), await up("memory:")];
    const { deliveries } = await consume(server, "q");
    expect((await send(client, "q", "hello")).kind).toBe("accepted");
    expect(textOf((await deliveries.next()).message)).toBe("hello");
  });

  it("is another one than that of another URL, or that of a transport without one", async () => {
    await consume(await up("memory:one"), "q");
    for (const other of [await up("memory:"), await up("memory:two"), await up(), await up()]) {
      expect((await send(other, "q", "")).kind).toBe("unroutable");
    }
  });

  it("keeps what it holds as long as one transport on it is not closed, be it idle", async () => {
    const [first, second] = [await up("memory:held"), memory({ url: "memory:held" })];
    await declare(first, "q");
    await first.close();
    expect(second.state).toBe("idle");
    const third = await up("memory:held");
    expect((await send(third, "q", "")).kind).toBe("accepted");
    await third.close();
    await second.close();
  });

  it("vanishes when the last is closed, and counts each transport once", async () => {
    const [first, second] = [await up("memory:gone"), await up("memory:gone")];
    await declare(first, "q");
    await first.close();
    await first.close();
    expect((await send(second, "q", "")).kind).toBe("accepted");
    await second.close();
    expect((await send(await up("memory:gone"), "q", "")).kind).toBe("unroutable");
  });
});
