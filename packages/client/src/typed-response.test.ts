import {
  type ContractError,
  contractErrorToProblem,
  errorFactories,
  isContractError,
} from "@porthos-rpc/contract";
import {
  encodeResponse,
  encodeText,
  problemResponse,
  type ResponseEnvelope,
  valuesCodec,
} from "@porthos-rpc/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { calculator, closing, type Typed } from "../test/calculator.js";
import { settle, watch } from "../test/watch.js";

const typedSetups = closing();
const setup = typedSetups.typed;

afterEach(typedSetups.close);

const answer = (contentType: string | undefined, body: Uint8Array | string, statusCode = 200) =>
  ({
    statusCode,
    contentType,
    body: typeof body === "string" ? encodeText(body) : body,
    headers: undefined,
  }) satisfies ResponseEnvelope;

const json = (value: unknown): ResponseEnvelope => answer("application/json", JSON.stringify(value));

/** What a call that was answered so ends with. */
async function answered<T>({ transport }: Typed, call: Promise<T>, to: ResponseEnvelope) {
  const watched = watch(call);
  await settle();
  const { message } = transport.last;
  transport.last.replyWith(encodeResponse(to, message.correlationId));
  await settle();
  return watched;
}

describe("the answer of a method", () => {
  it("is what its schema makes of it: defaults are there, and nothing that it does not name", async () => {
    const made = setup();
    const call = made.client.methods.addOne({ value: 1 });
    expect(await answered(made, call, json({ sum: 2, more: "s3cret" }))).toMatchObject({
      state: "resolved",
      value: { sum: 2, note: "none" },
    });
  });

  it("may be parsed by a promise", async () => {
    const made = setup();
    expect((await answered(made, made.client.methods.double(1), json(2))).value).toBe(2);
    const call = await answered(made, made.client.methods.double(1), json(200));
    expect(call.error).toMatchObject({
      code: "BadReply",
      executed: "yes",
      message:
        "Calculator.double: the answer cannot be used: it does not fit the contract: must be less than 100",
    });
  });

  it.each([
    ["application/json; charset=utf-8", '"x"'],
    ["application/vnd.find+json", '"x"'],
    ["application/json", '"x"'],
  ])("is read by its content type: %s", async (contentType, body) => {
    const made = setup();
    expect((await answered(made, made.client.methods.find(), answer(contentType, body))).value).toBe("x");
  });

  it("is read in the client's codec, and in JSON all the same", async () => {
    const made = setup({ codec: valuesCodec });
    const values = answer(valuesCodec.contentType, valuesCodec.encode("x"));
    expect((await answered(made, made.client.methods.find(), values)).value).toBe("x");
    expect((await answered(made, made.client.methods.find(), json("x"))).value).toBe("x");
  });

  it("is nothing of a method that answers nothing, whatever comes", async () => {
    const made = setup();
    for (const to of [answer(undefined, "", 204), json({ more: 1 }), answer("text/plain", "ok")]) {
      expect(await answered(made, made.client.methods.ping(), to)).toMatchObject({
        state: "resolved",
        value: undefined,
      });
    }
  });

  it("is undefined of an empty one, where the schema takes that", async () => {
    const made = setup();
    expect(await answered(made, made.client.methods.find(), answer(undefined, "", 204))).toMatchObject({
      state: "resolved",
      value: undefined,
    });
    const call = await answered(made, made.client.methods.addOne({ value: 1 }), answer(undefined, "", 204));
    expect(call.error).toMatchObject({ code: "BadReply" });
  });

  it("is the bytes of a method that answers bytes, whatever their type", async () => {
    const made = setup();
    const call = made.client.methods.picture(Uint8Array.of(1));
    expect((await answered(made, call, answer("image/jpeg", Uint8Array.of(9)))).value).toEqual(
      Uint8Array.of(9),
    );
  });

  it.each<[string, ResponseEnvelope, string]>([
    ["is no JSON", answer("application/json", "{"), "the body is not valid JSON"],
    ["is of an unknown type", answer("text/html", "<p>"), "its content type text/html is not known here"],
    ["has no type", answer(undefined, "{}"), "its content type (none) is not known here"],
    ["does not fit", json({ sum: "2" }), "it does not fit the contract: sum: "],
  ])("that %s is BadReply, executed", async (_, to, message) => {
    const made = setup();
    const { error } = await answered(made, made.client.methods.addOne({ value: 1 }), to);
    expect(error).toMatchObject({
      code: "BadReply",
      executed: "yes",
      retryable: false,
      message: expect.stringContaining(`Calculator.addOne: the answer cannot be used: ${message}`) as string,
    });
  });

  it("is given as it comes where the client does not parse", async () => {
    const made = setup({ validate: { output: false } });
    const call = made.client.methods.addOne({ value: 1 });
    expect((await answered(made, call, json({ sum: "2", more: 1 }))).value).toEqual({ sum: "2", more: 1 });
  });
});

describe("an error of a method", () => {
  const errors = errorFactories(calculator.addOne);
  const declared = (error: ContractError): ResponseEnvelope => problemResponse(contractErrorToProblem(error));

  it("that it declares arrives by its name, with its data", async () => {
    const made = setup();
    const { error } = await answered(
      made,
      made.client.methods.addOne({ value: 1 }),
      declared(errors.tooLarge({ max: 5 }, { message: "of today" })),
    );
    expect(isContractError(error, calculator.addOne, "tooLarge")).toBe(true);
    expect(error).toMatchObject({
      code: "Remote",
      status: 422,
      executed: "yes",
      reason: "tooLarge",
      data: { max: 5 },
      message: "Calculator.addOne: tooLarge: of today",
    });
  });

  it("that it declares without data, and one whose data only a promise tells of, arrive as well", async () => {
    const made = setup();
    const { addOne } = made.client.methods;
    const locked = await answered(made, addOne({ value: 1 }), declared(errors.locked()));
    expect(isContractError(locked.error, calculator.addOne, "locked")).toBe(true);
    const slow = await answered(made, addOne({ value: 1 }), declared(errors.slow(5)));
    expect(slow.error).toMatchObject({ reason: "slow", data: 5 });
  });

  it.each<[string, ResponseEnvelope, number]>([
    [
      "is declared, with other data",
      problemResponse({
        ...contractErrorToProblem(errors.locked()),
        type: "urn:porthos:error:tooLarge",
      } as never),
      423,
    ],
    ["is declared, with data that a promise refuses", declared(errors.slow(500)), 424],
    ["is not declared", declared(errorFactories(calculator.countTo).tooFar({ max: 1 })), 422],
    ["is the server's own", problemResponse({ status: 404, title: "Not found", executed: "no" }), 404],
    ["is a plain status", answer("text/plain", "no", 500), 500],
    ["only looks like one", { ...declared(errors.locked()), contentType: "application/json" }, 423],
  ])("that %s is Remote", async (_, to, status) => {
    const made = setup();
    const { error } = await answered(made, made.client.methods.addOne({ value: 1 }), to);
    expect(error).toMatchObject({ code: "Remote", status });
    expect(isContractError(error, calculator.addOne)).toBe(false);
    expect((error as Error).message).toMatch(new RegExp(`^Calculator\\.addOne: answered ${status}`));
  });

  it("names in its stack who awaits the call", async () => {
    const made = setup();
    async function theCaller(): Promise<unknown> {
      return await made.client.methods.addOne({ value: 1 });
    }
    for (const to of [declared(errors.locked()), json({}), answer(undefined, "", 500)]) {
      const { error } = await answered(made, theCaller(), to);
      expect((error as Error).stack).toContain("theCaller");
    }
  });
});
