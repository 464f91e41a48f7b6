import { RpcError } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";

const SECRET = "the password is hunter2";

function circular(): unknown {
  const error: Error & { self?: unknown } = new Error(SECRET);
  error.self = error;
  error.cause = error;
  return error;
}

function withGetter(property: string): unknown {
  return Object.defineProperty(new Error(SECRET), property, {
    get: () => {
      throw new Error("do not look");
    },
  });
}

/** Throws at whatever is done to it. */
function untouchable(): unknown {
  const refuse = (): never => {
    throw new Error("do not touch");
  };
  return new Proxy(
    {},
    { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse, getOwnPropertyDescriptor: refuse },
  );
}

const THROWN: readonly (readonly [what: string, make: () => unknown])[] = [
  ["an Error", () => new Error(SECRET)],
  ["a text", () => SECRET],
  ["undefined", () => undefined],
  ["null", () => null],
  ["a frozen Error", () => Object.freeze(new Error(SECRET))],
  ["one whose message throws", () => withGetter("message")],
  ["one whose stack throws", () => withGetter("stack")],
  ["one whose code throws", () => withGetter("code")],
  ["a circle", circular],
  ["a symbol", () => Symbol(SECRET)],
  ["a huge message", () => new Error(SECRET.repeat(100_000))],
  ["a Proxy that throws", untouchable],
  ["an object without a prototype", () => Object.create(null)],
  ["a status", () => ({ status: 200, statusCode: 200, message: SECRET })],
  ["an RpcError of a call of its own", () => new RpcError("NoService", SECRET)],
  ["a promise", () => Promise.reject(new Error(SECRET))],
];

fault(
  39,
  "each is answered 500 without the reason, which stays with the service, and the service goes on",
  async (stage) => {
    const thrown = async (index: number): Promise<unknown> => {
      const made = THROWN[index]?.[1]();
      if (made instanceof Promise) made.catch(() => {});
      return { made };
    };
    const server = await stage.server({
      throws: (request) => {
        const made = THROWN[request.args<[number]>()[0]]?.[1]();
        if (made instanceof Promise) made.catch(() => {});
        throw made;
      },
      rejects: async (request) => {
        const { made } = (await thrown(request.args<[number]>()[0])) as { made: unknown };
        throw made;
      },
      fine: () => "fine",
    });
    const errors = new Arrivals<unknown>("a handler's error");
    server.on("handlerError", ({ error }) => errors.add(error));
    const client = await stage.client();
    for (const [index, [what]] of THROWN.entries()) {
      for (const method of ["throws", "rejects"]) {
        const response = await client.call(method).withArgs(index).sync();
        expect(response.statusCode, `${method} ${what}`).toBe(500);
        expect(response.text(), `${method} ${what}`).not.toMatch(/hunter2|Error:|\.ts|do not/);
      }
    }
    await errors.reach(2 * THROWN.length);
    expect((await client.call("fine").sync()).json()).toBe("fine");
  },
);
