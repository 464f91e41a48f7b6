import {
  decodeText,
  type Extension,
  encodeText,
  type Message,
  problemResponse,
  TIMEOUT_PROBLEM,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { type Scripted, scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";

const TIMEOUT_MS = 1_000;

/** Hides what messages say, as encryption does. */
const hidden: Extension = {
  name: "hidden",
  apiVersion: 1,
  client: {
    wire: {
      incoming: async (message: Message) => {
        const text = decodeText(message.body);
        if (!text.startsWith("hidden ")) throw new Error("not hidden");
        const [, contentType = "", body = ""] = text.split(" ");
        return { ...message, contentType, body: encodeText(body) };
      },
    },
  },
};

/** A call whose answer comes when its time is over. */
async function late({ client, transport, clock }: Scripted, reply: (message: Message) => Message) {
  const call = watch(client.call("m").withTimeout(TIMEOUT_MS).sync());
  await settle();
  const { last } = transport;
  clock.advance(TIMEOUT_MS + 20);
  const { contentType, body, statusCode } = problemResponse({
    type: TIMEOUT_PROBLEM,
    status: 504,
    title: "t",
    executed: "no",
  });
  const message = { ...last.message, contentType, body, headers: new Map([["statusCode", statusCode]]) };
  last.replyWith(reply(message));
  await settle();
  expect(clock.timerCount).toBe(0);
  return call.error;
}

describe("an answer that comes too late", () => {
  it.each([
    [404, "no"],
    [503, "maybe"],
    [500, "yes"],
  ] as const)("says by a problem whether the call ran: %s, %s", async (status, executed) => {
    const { contentType, body } = problemResponse({ status, title: "t", executed });
    const error = await late(scripted(), (message) => ({
      ...message,
      contentType,
      body,
      headers: new Map([["statusCode", status]]),
    }));
    expect(error).toMatchObject({ code: "Timeout", executed });
    expect(error).toHaveProperty("message", expect.stringContaining("answered too late"));
  });

  it("is of a call that ran, if it says nothing of it", async () => {
    const error = await late(scripted(), (message) => ({ ...message, body: encodeText("{}") }));
    expect(error).toMatchObject({ code: "Timeout", executed: "yes" });
    const other = await late(scripted(), (message) => ({ ...message, contentType: undefined }));
    expect(other).toMatchObject({ code: "Timeout", executed: "yes" });
  });

  it("is read as extensions give it", async () => {
    const error = await late(scripted({ extensions: [hidden] }), (message) => ({
      ...message,
      contentType: "x/hidden",
      body: encodeText(`hidden ${message.contentType} ${decodeText(message.body)}`),
    }));
    expect(error).toMatchObject({ code: "Timeout", executed: "no" });
    expect(error).toHaveProperty("message", expect.stringContaining("expired in the queue"));
  });

  it("tells nothing if they cannot read it", async () => {
    const error = await late(scripted({ extensions: [hidden] }), (message) => message);
    expect(error).toMatchObject({ code: "Timeout", executed: "maybe" });
  });

  it.each(["stream", "call"])("does not outlast the client that waits for it, of a %s", async (kind) => {
    const never: Extension = {
      name: "never",
      apiVersion: 1,
      client: { wire: { incoming: () => new Promise<Message>(() => {}) } },
    };
    const { client, transport, clock } = scripted({ extensions: [never] });
    const builder = client.call("m");
    const call = watch<unknown>(kind === "stream" ? builder.stream().next() : builder.sync());
    await settle();
    clock.advance(TIMEOUT_MS + 20);
    transport.last.reply();
    await settle();
    expect(call.state).toBe("pending");
    await client.close();
    await settle();
    expect(call.state).toBe("rejected");
    expect(clock.timerCount).toBe(0);
  });
});
