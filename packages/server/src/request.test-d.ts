import type { ReadonlyHeaders } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import type { Request, Response, Server } from "./index.js";
import { mockRequest, mockResponse } from "./testing.js";

declare const request: Request;
declare const response: Response;
declare const server: Server;

describe("Request", () => {
  it("gives JSON as unknown, or as what the handler claims it to be", () => {
    expectTypeOf(request.json()).toBeUnknown();
    expectTypeOf(request.json<{ value: number }>()).toEqualTypeOf<{ value: number }>();
    // @ts-expect-error - what is not claimed is not there
    request.json().value;
  });

  it("gives arguments as a list, or as the tuple that the handler claims", () => {
    expectTypeOf(request.args()).toEqualTypeOf<readonly unknown[]>();
    expectTypeOf(request.args<[string, number]>()).toEqualTypeOf<[string, number]>();
    expectTypeOf(request.args<readonly number[]>()).toEqualTypeOf<readonly number[]>();
    // @ts-expect-error - arguments are a list
    request.args<{ value: number }>();
    // @ts-expect-error - of two
    request.args<[string, number]>()[2];
  });

  it("may be read only", () => {
    expectTypeOf(request.headers).toEqualTypeOf<ReadonlyHeaders>();
    expectTypeOf(request.body).toEqualTypeOf<Uint8Array>();
    expectTypeOf(request.deadline).toEqualTypeOf<Date | undefined>();
    expectTypeOf(request.signal).toEqualTypeOf<AbortSignal>();
    // @ts-expect-error - computed
    request.methodName = "other";
    // @ts-expect-error - read only
    request.headers.set("a", 1);
  });
});

describe("a handler", () => {
  it("answers by its response or by what it returns, at once or later", () => {
    server.register("a", () => {});
    server.register("b", (req, res) => res.json(200, req.json()));
    server.register("c", () => ({ value: 1 }));
    server.register("d", async () => 1);
    // @ts-expect-error - a handler is a function
    server.register("e", { handle: () => {} });
    // @ts-expect-error - a handler gets two arguments
    server.register("f", (_req, _res, _more) => {});
    // @ts-expect-error - a body is bytes
    response.raw(200, "text/plain", "text");
    // @ts-expect-error - a response has no text method: say its type with raw
    response.text("hello");
  });

  it("says what it takes and gives", () => {
    server.registerWithSpec("a", () => {}, { description: "" });
    // @ts-expect-error - a spec needs a description
    server.registerWithSpec("b", () => {}, {});
    // @ts-expect-error - a spec is not optional here
    server.registerWithSpec("c", () => {});
  });
});

describe("mocks", () => {
  it("are a request and a response like any other", () => {
    expectTypeOf(mockRequest()).toExtend<Request>();
    expectTypeOf(mockResponse()).toExtend<Response>();
    expectTypeOf(mockResponse().jsonBody<number>()).toBeNumber();
    // @ts-expect-error - no such field
    mockRequest({ method: "m" });
  });
});
