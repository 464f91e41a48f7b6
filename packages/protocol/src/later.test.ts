import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { laterOn, type TurnHost } from "./later.js";

const channels: InstanceType<typeof MessageChannel>[] = [];

class Channel extends MessageChannel {
  constructor() {
    super();
    channels.push(this);
  }
}

afterEach(async () => {
  for (const channel of channels.splice(0)) channel.port1.close();
  await setImmediate();
});

const unused = (): never => expect.unreachable();

describe("laterOn", () => {
  it("takes the host's own turns where it has them", () => {
    const deferred: (() => void)[] = [];
    const later = laterOn({
      setImmediate: (run) => deferred.push(run),
      MessageChannel: unused as never,
      setTimeout: unused,
    });
    const callback = (): void => {};
    later(callback);
    expect(deferred).toEqual([callback]);
  });

  it("sends itself a message where there is no setImmediate, as in a browser", async () => {
    const later = laterOn({ MessageChannel: Channel as never, setTimeout: unused });
    expect(channels).toHaveLength(0);
    const ran: string[] = [];
    later(() => ran.push("first"));
    later(() => {
      ran.push("second");
      later(() => ran.push("of the next turn"));
    });
    expect(ran).toEqual([]);
    await new Promise<void>((resolve) => later(() => later(() => later(resolve))));
    expect(ran).toEqual(["first", "second", "of the next turn"]);
    expect(channels).toHaveLength(1);
  });

  it("sets a timeout where there is nothing else", async () => {
    const host: TurnHost = { setTimeout };
    await new Promise<void>((resolve) => laterOn(host)(resolve));
  });
});
