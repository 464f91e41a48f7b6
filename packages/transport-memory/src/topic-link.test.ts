import type { Message } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { Arrivals } from "../test/arrivals.js";
import { message, textOf } from "../test/messages.js";
import { publish, Stage, settled } from "../test/stage.js";

describe("a topic", () => {
  it("reaches each of its current subscribers once, and nobody else", async () => {
    const stage = new Stage();
    const [first, second] = [await stage.up(), await stage.up()];
    const heard = [new Arrivals<Message>(), new Arrivals<Message>(), new Arrivals<Message>()];
    await first.subscribe("t", heard[0]?.add as never);
    await second.subscribe("t", heard[1]?.add as never);
    await second.subscribe("other", heard[2]?.add as never);
    expect((await publish(first, "t", "news")).kind).toBe("accepted");
    await settled();
    expect(heard.map(({ all }) => all.map(textOf))).toEqual([["news"], ["news"], []]);
  });

  it("gives each subscriber a message of its own", async () => {
    const transport = await new Stage().up();
    const heard = new Arrivals<Message>();
    await transport.subscribe("t", (each) => {
      heard.add(each);
      heard.all[0]?.body.fill(0);
    });
    await transport.subscribe("t", heard.add);
    transport.publish("t", message("news"));
    expect((await heard.take(2)).map(textOf)[1]).toBe("news");
  });

  it("is heard from the subscription on, and not after its end", async () => {
    const transport = await new Stage().up();
    const heard: string[] = [];
    transport.publish("t", message("before"));
    const subscription = await transport.subscribe("t", (each) => void heard.push(textOf(each)));
    transport.publish("t", message("during"));
    await settled();
    transport.publish("t", message("under way"));
    await subscription.cancel();
    await subscription.cancel();
    transport.publish("t", message("after"));
    await settled();
    expect(heard).toEqual(["during"]);
  });

  it("is heard again after a reconnect", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const other = await stage.up();
    const heard: string[] = [];
    await transport.subscribe("t", (each) => void heard.push(textOf(each)));
    stage.broker.disconnect(transport);
    other.publish("t", message("lost"));
    await stage.pass(10);
    other.publish("t", message("heard"));
    await settled();
    expect(heard).toEqual(["heard"]);
  });

  it("does not wait for a subscriber that falls behind: that one misses messages", async () => {
    const transport = await new Stage({ maxQueueLength: 2 }).up();
    const heard = new Arrivals<Message>();
    await transport.subscribe("t", heard.add);
    const outcomes = await Promise.all(["1", "2", "3"].map((text) => publish(transport, "t", text)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["accepted", "accepted", "accepted"]);
    await settled();
    expect(heard.all.map(textOf)).toEqual(["1", "2"]);
  });
});
