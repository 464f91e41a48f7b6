import { Codecs } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { type Handler, runnerOf } from "./handler.js";

describe("runnerOf", () => {
  it.each([undefined, null, "handler", {}])("refuses %j for a handler", (notOne: unknown) => {
    expect(() => runnerOf("register", notOne as Handler, new ManualClock(), new Codecs())).toThrow(
      /^register: option "handler" must be a function/,
    );
  });
});
