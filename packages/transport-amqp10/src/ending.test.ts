import { expect, test } from "vitest";
import { Ending } from "./ending.js";

test("each listener hears the end once, with its cause; a late one at once", () => {
  const ending = new Ending();
  const heard: unknown[] = [];
  const forgotten = (): void => void heard.push("forgotten");
  ending.add((cause) => heard.push(["early", cause]));
  ending.add(forgotten);
  ending.delete(forgotten);
  ending.end("why");
  ending.end("again");
  ending.add((cause) => heard.push(["late", cause]));
  expect(heard).toEqual([
    ["early", "why"],
    ["late", "why"],
  ]);
  expect(ending.ended).toBe(true);
});
