import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";
import { RawService } from "./peers/raw-service.js";

fault(
  20,
  "a reply with an unknown id, a strange one or none is counted as unmatched, and the right one counts",
  async (stage) => {
    const service = await RawService.open(stage);
    const client = await stage.client();
    const strays = new Arrivals<string>("a stray reply");
    client.on("stray", ({ kind }) => strays.add(kind));
    const call = client.call("m").sync();
    const request = await service.requests.next();
    const { correlationId = "" } = request.message;
    const [caller = "", number = "", deadline = "", tag = ""] = correlationId.split(".");
    const strange = [
      undefined,
      "",
      "unknown",
      "__proto__",
      correlationId.toUpperCase(),
      `${correlationId} `,
      `${caller}.${number}`,
      // Another caller's, and one that this caller has not made yet.
      `${"0".repeat(32)}.${number}.${deadline}.${tag}`,
      `${caller}.zz.${deadline}.${tag}`,
      `${caller}.${number}.${deadline}`,
    ];
    for (const id of strange) service.answer(request, "wrong", { correlationId: id });
    expect(new Set(await strays.take(strange.length))).toEqual(new Set(["unmatched"]));
    service.answer(request, "right");
    request.accept();
    expect((await call).json()).toBe("right");
  },
);
