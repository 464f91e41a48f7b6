import { describe, expect, it } from "vitest";
import { message, textOf } from "../test/messages.js";
import { consume, Stage, settled } from "../test/stage.js";

describe("a consumer", () => {
  it("gets nothing after cancel() has resolved, and can still settle what it has", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries, subscription } = await consume(transport, "q", 2);
    for (const text of ["1", "2", "3", "4"]) transport.send("q", message(text));
    await deliveries.take(2);
    await subscription.cancel();
    await subscription.cancel();
    deliveries.all[0]?.accept();
    deliveries.all[1]?.release();
    await settled();
    expect(deliveries.count).toBe(2);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 3, unsettled: 0, consumers: 0 });
  });

  it("may be cancelled by what it receives, with more waiting", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const got: string[] = [];
    const subscription = await transport.consume("q", { credit: 10 }, (delivery) => {
      got.push(textOf(delivery.message));
      void subscription.cancel();
    });
    for (const text of ["1", "2"]) transport.send("q", message(text));
    await settled();
    expect(got).toEqual(["1"]);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 1, unsettled: 1 });
  });

  it("that was cancelled gives back what it holds when its connection goes", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries, subscription } = await consume(transport, "q");
    transport.send("q", message("a"));
    await deliveries.next();
    await subscription.cancel();
    stage.broker.disconnect();
    expect(stage.broker.queue("q")).toMatchObject({ messages: 1, unsettled: 0 });
  });

  it("consumes again after a reconnect, with its full credit", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q", 1);
    transport.send("q", message("a"));
    await deliveries.next();
    stage.broker.disconnect();
    await stage.pass(10);
    const again = await deliveries.next();
    expect([textOf(again.message), again.redelivered]).toEqual(["a", true]);
  });

  it("fails with Unavailable when the broker is not there within the start budget, and comes to nothing", async () => {
    const stage = new Stage();
    stage.broker.stop();
    const transport = stage.idle();
    const failed = transport.consume("q", { credit: 1 }, () => {}).catch((error: unknown) => error);
    await stage.pass(10_000);
    expect(await failed).toMatchObject({ code: "Unavailable", executed: "no" });
    expect(stage.clock.timerCount).toBe(0);
    stage.broker.start();
    transport.acquire();
    await transport.ready();
    expect(stage.broker.queue("q")).toBeUndefined();
  });
});
