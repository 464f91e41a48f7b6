import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import {
  type AnyContract,
  contract,
  isContract,
  type MethodRecord,
  methodsOf,
  serviceOf,
} from "./contract.js";
import { method } from "./method.js";
import { notification } from "./notification.js";
import { stream } from "./stream.js";

const addOne = method({ input: z.number(), output: z.number() });
const calculator = contract("CalculatorService", {
  addOne,
  log: notification(),
  countTo: stream({ output: z.number() }),
});

describe("contract", () => {
  it("is its methods, and nothing else that anybody sees", () => {
    expect(Object.keys(calculator)).toEqual(["addOne", "log", "countTo"]);
    expect(Object.entries({ ...calculator })).toHaveLength(3);
    for (const name of ["toString", "constructor", "hasOwnProperty", "service", "methods"]) {
      expect(name in calculator).toBe(false);
    }
  });

  it("gives each method its name and its service, in a copy", () => {
    expect(calculator.addOne).toMatchObject({ kind: "method", name: "addOne", service: "CalculatorService" });
    expect(calculator.addOne.input).toBe(addOne.input);
    expect(addOne).toMatchObject({ name: "", service: "" });
    const other = contract("Other", { add: addOne, again: calculator.addOne });
    expect(other.add).toMatchObject({ name: "add", service: "Other" });
    expect(other.again).toMatchObject({ name: "again", service: "Other" });
  });

  it("cannot be changed", () => {
    expect(Object.isFrozen(calculator) && Object.isFrozen(calculator.addOne)).toBe(true);
  });

  it("tells its service and its methods, in order", () => {
    expect(serviceOf(calculator)).toBe("CalculatorService");
    expect([...methodsOf(calculator)]).toEqual(Object.entries(calculator));
    expect(methodsOf(calculator).get("addOne")).toBe(calculator.addOne);
  });

  it("takes any name that a request can have, those of Object.prototype too", () => {
    const names = ["constructor", "hasOwnProperty", "add one", "a/b", "__defineGetter__", "x".repeat(200)];
    const odd = contract("Odd", Object.fromEntries(names.map((name) => [name, method()])));
    expect(Object.keys(odd)).toEqual(names);
    expect(odd["constructor"]).toMatchObject({ name: "constructor", service: "Odd" });
  });

  it("takes a module of methods", () => {
    const module = Object.create(null, {
      addOne: { value: addOne, enumerable: true },
      [Symbol.toStringTag]: { value: "Module" },
    }) as { addOne: typeof addOne };
    expect(Object.keys(contract("S", module))).toEqual(["addOne"]);
  });

  it.each(["then", "toJSON", "toString", "valueOf"])(
    "refuses a method called %s: JavaScript would call it by itself",
    (name) => {
      expect(() => contract("S", { [name]: method() })).toThrow(
        `contract: methods cannot have a member called ${name}: JavaScript looks for it on every object`,
      );
    },
  );

  it("refuses a method called __proto__, however it is written", () => {
    // A literal's __proto__ is no member: it would be lost in silence.
    const literal = { addOne, __proto__: addOne } as unknown as MethodRecord;
    expect(() => contract("S", literal)).toThrow('contract: option "methods" must be a plain object');
    const own = Object.defineProperty({}, "__proto__", { value: addOne, enumerable: true });
    expect(() => contract("S", own)).toThrow("cannot have a member called __proto__");
  });

  it.each([
    ["", {}, 'contract: option "service" must be a text that is not empty'],
    [1, {}, 'option "service" must be a text that is not empty, got 1'],
    ["ä".repeat(128), {}, 'option "service" must be a text of at most 255 bytes, got 256'],
    ["S", undefined, 'option "methods" must be a plain object, got undefined'],
    ["S", [addOne], 'option "methods" must be a plain object, got an array'],
    ["S", new (class A {})(), 'option "methods" must be a plain object, got an object'],
    [
      "S",
      { addOne: {} },
      'option "addOne" must be made by method(), notification() or stream(), got an object',
    ],
    ["S", { addOne: () => 1 }, 'option "addOne" must be made by method()'],
    ["S", { addOne: undefined }, 'option "addOne" must be made by method()'],
    ["S", { "": addOne }, 'option "method" must be a text of 1 to 200 characters'],
    ["S", { ["x".repeat(201)]: addOne }, 'option "method" must be a text of 1 to 200 characters'],
    ["S", { [Symbol("x")]: addOne }, "contract: the names of methods must be texts"],
  ])("refuses service %j with methods %j at once, by name", (service: unknown, methods: unknown, why) => {
    expect(() => contract(service as string, methods as MethodRecord)).toThrow(TypeError);
    expect(() => contract(service as string, methods as MethodRecord)).toThrow(why);
  });
});

describe("isContract", () => {
  it("knows a contract, and one of another copy of this package", async () => {
    vi.resetModules();
    const copy = await import("./contract.js");
    const { method: otherMethod } = await import("./method.js");
    expect(copy.contract).not.toBe(contract);
    const other = copy.contract("Other", { addOne, one: otherMethod() });
    expect(isContract(other)).toBe(true);
    expect(copy.isContract(calculator)).toBe(true);
    expect(serviceOf(other as unknown as AnyContract)).toBe("Other");
  });

  it.each([[undefined], [null], ["text"], [{}], [{ addOne }], [addOne], [() => {}]])(
    "does not take %j for one",
    (value) => {
      expect(isContract(value)).toBe(false);
      expect(() => serviceOf(value as unknown as AnyContract)).toThrow(
        'serviceOf: option "contract" must be made by contract()',
      );
      expect(() => methodsOf(value as unknown as AnyContract)).toThrow('methodsOf: option "contract"');
    },
  );
});
