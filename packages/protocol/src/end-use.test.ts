import { describe, expect, it } from "vitest";
import { endUse } from "./end-use.js";
import { Lifecycle } from "./lifecycle.js";
import { ManualClock } from "./manual-clock.js";
import type { Transport } from "./transport.js";

function setup() {
  const log: string[] = [];
  const lifecycle = new Lifecycle({
    name: "fake",
    clock: new ManualClock(),
    startTimeoutMs: 1_000,
    start: () => log.push("start"),
    stop: async () => {
      log.push("stop");
    },
    onClosed: () => {},
  });
  // A lifecycle is what `endUse` looks at in a transport.
  return { log, lifecycle, transport: lifecycle as unknown as Transport };
}

describe("endUse", () => {
  it("releases the lease that it is given", async () => {
    const { log, lifecycle, transport } = setup();
    await endUse(transport, lifecycle.acquire());
    expect(log).toEqual(["start", "stop"]);
    expect(lifecycle.state).toBe("idle");
  });

  it("closes what somebody has opened, if nobody uses it", async () => {
    const { log, lifecycle, transport } = setup();
    void lifecycle.ready();
    lifecycle.up();
    await endUse(transport, undefined);
    expect(log).toEqual(["start", "stop"]);
  });

  it("leaves open what others use", async () => {
    const { log, lifecycle, transport } = setup();
    lifecycle.acquire();
    lifecycle.up();
    await endUse(transport, undefined);
    await endUse(transport, lifecycle.acquire());
    expect(log).toEqual(["start"]);
    expect(lifecycle.state).toBe("up");
  });

  it("opens nothing that is idle, and nothing that is closed", async () => {
    const { log, lifecycle, transport } = setup();
    await endUse(transport, undefined);
    await lifecycle.close();
    await endUse(transport, undefined);
    expect(log).toEqual([]);
    expect(lifecycle.state).toBe("closed");
  });
});
