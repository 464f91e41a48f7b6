import { describe, expect, it } from "vitest";
import { checkTransports } from "./check-transports.js";
import type { Transport } from "./transport.js";

function fake(): Transport {
  const no = (): never => {
    throw new Error("not called");
  };
  return { send: no, consume: no, acquire: no } as unknown as Transport;
}

describe("the option transport", () => {
  it("is one transport, or several in their order", () => {
    const [one, other] = [fake(), fake()];
    expect(checkTransports("createX", one)).toEqual([one]);
    expect(checkTransports("createX", [one, other])).toEqual([one, other]);
  });

  it.each([
    [[], "must be at least one transport, got an empty array"],
    [undefined, "must be a transport, e.g. await connect(url), or an array of them, got undefined"],
    [[fake(), undefined], "must be a transport, e.g. await connect(url), or an array of them, got undefined"],
    [[fake(), "amqp:"], "must be a transport, e.g. await connect(url), or an array of them, got a text"],
    [[Promise.resolve(fake())], "got an object"],
  ])("is refused by name when it is not: %#", (given, message) => {
    const check = (): unknown => checkTransports("createX", given as never);
    expect(check).toThrow(TypeError);
    expect(check).toThrow(`createX: option "transport" ${message.startsWith("must") ? message : ""}`);
    expect(check).toThrow(message);
  });

  it("is refused when it names the same transport twice", () => {
    const one = fake();
    expect(() => checkTransports("createX", [one, one])).toThrow(
      /different transports, got the same one twice/,
    );
  });
});
