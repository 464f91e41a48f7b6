import { beforeEach, describe, expect, inject, test } from "vitest";
import { probe } from "./probe/probe.js";
import { broker, describeBroker } from "./vitest.js";

const NAME = "rabbitmq-3.10";
const listed = inject("porthosBrokers").brokers;
const here = listed.some(({ name, missing }) => name === NAME && missing === undefined);

describe.runIf(here)("the brokers of a run", { timeout: 120_000 }, () => {
  test("whoever asks for a broker gets the same one, and it runs", async () => {
    const [one, other] = await Promise.all([broker(NAME), broker(NAME)]);
    expect(other.urls).toEqual(one.urls);
    expect(await probe(one.urls)).toEqual({ product: one.product, version: one.version });
  });

  test("one that a test file has left stopped runs again for the next who asks", async () => {
    const left = await broker(NAME);
    await left.stop();
    await expect(probe(left.urls)).rejects.toThrow(/ECONNREFUSED/);
    expect(await probe((await broker(NAME)).urls)).toMatchObject({ version: left.version });
  });

  test("a test cannot remove it from under the others", async () => {
    await using shared = await broker(NAME);
    await shared.remove();
    expect(await probe(shared.urls)).toMatchObject({ version: shared.version });
  });
});

describeBroker(NAME, (known) => {
  const early = known.urls;

  beforeEach(async () => {
    expect(await probe(early)).toMatchObject({ product: known.product });
  });

  test("a suite knows the broker's URLs at once, and it runs when the first hook does", () => {
    expect(Object.keys(early)).toEqual(["amqp091", "amqp10"]);
  });
});

test("a broker that this run lacks is refused with the reason", async () => {
  const lacking = listed.find(({ missing }) => missing !== undefined);
  if (lacking === undefined) await expect(broker("nosuch" as "qpid")).rejects.toThrow(/^nosuch: /);
  else await expect(broker(lacking.name)).rejects.toThrow(`${lacking.name}: ${lacking.missing}`);
});
