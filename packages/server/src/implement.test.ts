import { contract, method, specsOf } from "@porthos-rpc/contract";
import { describe, expect, it } from "vitest";
import { type CalculatorHandlers, calculator, typed } from "../test/calculator.js";
import { ScriptedTransport } from "../test/scripted-transport.js";
import { createServer, type Server } from "./index.js";

const small = contract("Small", { add: method(), log: method() });

const serverOf = (): Server<typeof small> =>
  createServer({ transport: new ScriptedTransport(), contract: small });

const handlers = { add: () => {}, log: () => {} };

describe("implement", () => {
  it("serves all methods of the contract, with what it says about them", async () => {
    const { server } = await typed();
    expect(new Map(server.methods)).toEqual(new Map(specsOf(calculator)));
    expect(server.methods.get("addOne")).toMatchObject({ description: "Adds one" });
  });

  it("serves the contract's service, or the one that the server was told", () => {
    expect(serverOf().service).toBe("Small");
    const transport = new ScriptedTransport();
    expect(createServer({ transport, contract: small, service: "small-2" }).service).toBe("small-2");
  });

  it.each<[string, unknown, RegExp]>([
    [
      "a handler is missing",
      { add: handlers.add },
      /^implement: option "log" must be a function: the handler/,
    ],
    [
      "a handler is none",
      { ...handlers, add: 7 },
      /^implement: option "add" must be a function: the handler/,
    ],
    ["a method is of no contract", { ...handlers, adOne: () => {} }, /^implement: unknown option "adOne"/],
    ["there are none", undefined, /^implement: expected an object of options, got undefined/],
    ["they are no object", [], /^implement: expected an object of options, got an array/],
  ])("refuses at once, by name, and serves nothing, when %s", (_, given, message) => {
    const server = serverOf();
    expect(() => server.implement(given as never)).toThrow(TypeError);
    expect(() => server.implement(given as never)).toThrow(message);
    expect(server.methods.size).toBe(0);
    server.implement(handlers);
    expect(server.methods.size).toBe(2);
  });

  it("refuses a server without a contract, and one that has its handlers", () => {
    const server = createServer({ transport: new ScriptedTransport(), service: "S" });
    expect(() => server.implement(handlers as never)).toThrow(
      new TypeError("implement: the server has no contract (option contract)"),
    );
    const other = serverOf();
    other.implement(handlers);
    expect(() => other.implement(handlers)).toThrow(/method "add" has a handler already/);
  });

  it("comes before listen, which a server with a contract refuses without it, and then takes", async () => {
    const transport = new ScriptedTransport();
    const server = createServer({ transport, contract: small });
    await expect(server.listen()).rejects.toThrow(TypeError);
    await expect(server.listen()).rejects.toThrow(/no handlers; call implement\(\) before/);
    expect(transport).toMatchObject({ leases: 0, consumers: [] });
    server.implement(handlers);
    await server.listen();
    expect(transport.consumer.queue).toBe("Small");
    await server.close();
    expect(transport.leases).toBe(0);
  });

  it("takes an object of a class, whose methods have their this", async () => {
    class Service {
      count = 0;

      get handlers(): Partial<CalculatorHandlers> {
        return { addOne: () => ({ sum: ++this.count }) };
      }
    }
    const { deliver, transport } = await typed(new Service().handlers);
    deliver({ method: "addOne", json: { value: 1 } });
    expect(transport.last.json).toEqual({ sum: 1 });

    class Small {
      #calls = 0;

      add(): void {
        this.#calls++;
      }

      log(): void {
        if (this.#calls !== 1) throw new Error("another this");
      }
    }
    const scripted = new ScriptedTransport();
    const server = createServer({ transport: scripted, contract: small });
    server.implement(new Small());
    await server.listen();
    const { consumer } = scripted;
    for (const name of ["add", "log"]) {
      consumer.deliver({
        body: new Uint8Array(0),
        contentType: undefined,
        correlationId: name,
        replyTo: "inbox",
        ttlMs: undefined,
        headers: new Map([["X-Method", name]]),
        durable: false,
      });
    }
    expect(scripted.replies.map(({ status }) => status)).toEqual([204, 204]);
    await server.close();
  });

  it("takes nothing that every object has for a handler", () => {
    const odd = contract("Odd", { hasOwnProperty: method() });
    const server = createServer({ transport: new ScriptedTransport(), contract: odd });
    expect(() => server.implement({} as never)).toThrow(/option "hasOwnProperty" must be a function/);
  });

  it("stands beside methods that are registered, and does not allow two of one name", async () => {
    const server = serverOf();
    server.register("more", () => {});
    server.implement(handlers);
    expect([...server.methods.keys()]).toEqual(["more", "add", "log"]);
    expect(() => server.register("add", () => {})).toThrow(TypeError);
  });
});
