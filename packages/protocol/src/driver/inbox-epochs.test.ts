import { describe, expect, it } from "vitest";
import { RpcError } from "../errors.js";
import { ManualClock } from "../testing.js";
import { InboxEpochs, readInboxExpiry } from "./inbox-epochs.js";

const cut = new RpcError("Unavailable", "cut");

function epochsOf(expiryMs: number | undefined) {
  const clock = new ManualClock();
  const told: string[] = [];
  const epochs = new InboxEpochs({
    clock,
    expiryMs,
    handler: {
      onMessage: () => {},
      onOpen: (address, epoch) => told.push(`open ${epoch} ${address}`),
      onLost: (epoch, { message }) => told.push(`lost ${epoch}: ${message}`),
    },
    report: { degraded: () => {}, quarantined: () => {}, userError: () => {} },
  });
  return { clock, epochs, told };
}

describe("the addresses of an inbox", () => {
  it("that goes with its connection are told as they come and go", () => {
    const { epochs, told, clock } = epochsOf(undefined);
    epochs.opened("a");
    expect([epochs.address, epochs.epoch]).toEqual(["a", 1]);
    epochs.lost(cut);
    expect(epochs.address).toBeUndefined();
    epochs.opened("b");
    expect(told).toEqual(["open 1 a", "lost 1: cut", "open 2 b"]);
    expect(clock.timerCount).toBe(0);
  });

  it("that outlasts its connection tell nothing of a connection that comes back in time", () => {
    const { epochs, told, clock } = epochsOf(1_000);
    epochs.opened("a");
    epochs.lost(cut);
    clock.advance(999);
    expect(epochs.address).toBe("a");
    epochs.opened("a");
    clock.advance(10_000);
    expect(told).toEqual(["open 1 a"]);
    expect(clock.timerCount).toBe(0);
  });

  it("that outlasts its connection are lost when they have expired, counted from the first loss", () => {
    const { epochs, told, clock } = epochsOf(1_000);
    epochs.opened("a");
    epochs.lost(cut);
    clock.advance(600);
    epochs.lost(new RpcError("Unavailable", "again"));
    clock.advance(400);
    expect([epochs.address, told]).toEqual([undefined, ["open 1 a", "lost 1: cut"]]);
    epochs.lost(cut);
    epochs.opened("a");
    expect(told).toEqual(["open 1 a", "lost 1: cut", "open 2 a"]);
    expect(clock.timerCount).toBe(0);
  });

  it("that outlasts its connection are lost when they are not there any more", () => {
    const { epochs, told, clock } = epochsOf(1_000);
    epochs.opened("a");
    epochs.lost(cut);
    epochs.opened("b");
    expect(told).toEqual(["open 1 a", "lost 1: cut", "open 2 b"]);
    expect(clock.timerCount).toBe(0);
  });

  it("are lost at once when the transport is closed, and nothing is told of a closed inbox", () => {
    const { epochs, told, clock } = epochsOf(1_000);
    epochs.opened("a");
    epochs.lost(new RpcError("Closed", "closed"));
    expect(told).toEqual(["open 1 a", "lost 1: closed"]);
    epochs.opened("b");
    epochs.lost(cut);
    epochs.close();
    clock.advance(2_000);
    expect(told).toHaveLength(3);
    expect([epochs.address, clock.timerCount]).toEqual([undefined, 0]);
  });
});

describe("the option inboxExpiryMs", () => {
  it.each([[undefined], [1_000], [3_600_000]])("may be %j", (value) => {
    expect(readInboxExpiry("here", value)).toBe(value);
  });

  it.each([[null], [0], [999], [3_600_001], [1_000.5], ["5s"], [Number.NaN]])("is refused: %j", (value) => {
    expect(() => readInboxExpiry("here", value as never)).toThrow(/^here: option "inboxExpiryMs" must be /);
  });
});
