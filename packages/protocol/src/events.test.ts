import { describe, expect, it } from "vitest";
import { Events } from "./events.js";

interface Spoken {
  readonly said: { readonly word: string };
  readonly done: undefined;
}

describe("Events", () => {
  it("brings an event to each of its observers, at once and in their order", () => {
    const events = new Events<Spoken>();
    const heard: string[] = [];
    events.on("said", ({ word }) => heard.push(`first ${word}`));
    events.on("said", ({ word }) => heard.push(`second ${word}`));
    events.on("done", () => expect.unreachable());
    events.emit("said", { word: "hello" });
    expect(heard).toEqual(["first hello", "second hello"]);
  });

  it("no longer tells one who stopped listening, and stops each registration by itself", () => {
    const events = new Events<Spoken>();
    const heard: string[] = [];
    const listener = ({ word }: { word: string }): void => {
      heard.push(word);
    };
    const stop = events.on("said", listener);
    events.on("said", listener);
    stop();
    stop();
    events.emit("said", { word: "once" });
    expect(heard).toEqual(["once"]);
  });

  it("says whether anybody listens", () => {
    const events = new Events<Spoken>();
    expect(events.has("said")).toBe(false);
    const stop = events.on("said", () => {});
    expect(events.has("said")).toBe(true);
    expect(events.has("done")).toBe(false);
    stop();
    expect(events.has("said")).toBe(false);
  });

  it("harms neither the emitter nor other observers when one throws, and reports it", () => {
    const reports: [string, unknown][] = [];
    const events = new Events<Spoken>((event, error) => reports.push([event, error]));
    const heard: string[] = [];
    const failure = new Error("broken observer");
    events.on("said", () => {
      throw failure;
    });
    events.on("said", ({ word }) => heard.push(word));
    events.emit("said", { word: "hello" });
    expect(heard).toEqual(["hello"]);
    expect(reports).toEqual([["said", failure]]);
  });

  it("reports an observer whose promise rejects", async () => {
    const reports: [string, unknown][] = [];
    const events = new Events<Spoken>((event, error) => reports.push([event, error]));
    const failure = new Error("broken observer");
    // biome-ignore lint/nursery/noMisusedPromises: that is the case
    events.on("said", async () => {
      throw failure;
    });
    events.emit("said", { word: "hello" });
    await Promise.resolve();
    expect(reports).toEqual([["said", failure]]);
  });

  it("lets an observer stop itself, or others, while it hears", () => {
    const events = new Events<Spoken>();
    const heard: string[] = [];
    const stop = events.on("said", () => {
      heard.push("one");
      stop();
    });
    events.on("said", () => heard.push("two"));
    events.emit("said", { word: "a" });
    events.emit("said", { word: "b" });
    expect(heard).toEqual(["one", "two", "two"]);
  });

  it("refuses to listen to what there is not, with what there is, where it knows that", () => {
    const events = new Events<Spoken>(undefined, { said: true, done: true });
    events.on("done", () => {});
    for (const name of ["sayed", "constructor", "*"]) {
      expect(() => events.on(name as "said", () => {})).toThrow(
        new TypeError(`on: unknown event "${name}"; the events are said, done`),
      );
    }
    expect(() => events.on("said", undefined as never)).toThrow(
      new TypeError('on: the handler of "said" must be a function, got undefined'),
    );
  });
});
