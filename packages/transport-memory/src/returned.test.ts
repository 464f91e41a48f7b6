import { describe, expect, it } from "vitest";
import { message } from "../test/messages.js";
import { Parcel } from "./parcel.js";
import { Returned } from "./returned.js";

function parcel(place: number): Parcel {
  const made = new Parcel(message(String(place)), Number.POSITIVE_INFINITY);
  made.place = place;
  return made;
}

function drain(returned: Returned): number[] {
  const places: number[] = [];
  for (let next = returned.shift(); next !== undefined; next = returned.shift()) places.push(next.place);
  return places;
}

describe("Returned", () => {
  it("gives parcels back by their place, in whatever order they came", () => {
    const returned = new Returned();
    const places = Array.from({ length: 1_000 }, (_, index) => (index * 367) % 1_000);
    for (const place of places) returned.push(parcel(place));
    expect(returned.size).toBe(1_000);
    expect(drain(returned)).toEqual(places.toSorted((a, b) => a - b));
  });

  it("keeps that order while parcels come and go", () => {
    const returned = new Returned();
    for (const place of [5, 3, 9]) returned.push(parcel(place));
    expect(returned.shift()?.place).toBe(3);
    returned.push(parcel(4));
    expect(returned.peek()?.place).toBe(4);
    expect(drain(returned)).toEqual([4, 5, 9]);
    expect(returned.shift()).toBeUndefined();
  });

  it("keeps that order of what is retained", () => {
    const returned = new Returned();
    for (const place of [8, 1, 6, 3, 4]) returned.push(parcel(place));
    returned.retain(({ place }) => place % 2 === 0);
    expect(drain(returned)).toEqual([4, 6, 8]);
  });
});
