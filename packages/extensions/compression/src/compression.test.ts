import { randomBytes } from "node:crypto";
import * as zlib from "node:zlib";
import {
  type Extension,
  encodeRequest,
  encodeResponse,
  encodeText,
  type HeaderValue,
  type MaybePromise,
  type Message,
  methodHeaders,
  Refusal,
  type ResponseEnvelope,
} from "@porthos-rpc/protocol";
import { responseEnvelope, serverCall } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { type CompressionOptions, compression } from "./index.js";

const ENCODING = "porthos-encoding";
const ACCEPT = "porthos-accept-encoding";
const ASKED = { correlationId: "1", replyTo: "inbox", ttlMs: 1_000 };

const large = (bytes: number): Uint8Array =>
  encodeText("all work and no play ".repeat(bytes / 21 + 1)).slice(0, bytes);

function requestOf(body: Uint8Array, contentType?: string): Message {
  const request = { method: "m", contentType, body, headers: undefined };
  return encodeRequest(request, methodHeaders("m"), ASKED);
}

/** A client's and a server's part, and what goes between them. */
function between(
  client: Extension = compression(),
  server: Extension = compression(),
  answer: ResponseEnvelope = responseEnvelope(),
) {
  const send = async (body: Uint8Array, contentType?: string) => {
    const request = (await client.client?.wire?.outgoing?.(requestOf(body, contentType))) as Message;
    const received = (await server.server?.wire?.incoming?.(request)) as Message;
    const call = serverCall({ request: { method: "m", ...received } });
    const response = (await server.server?.wrap?.run(call, () => answer)) ?? answer;
    const reply = (await server.server?.wire?.outgoing?.(encodeResponse(response, "1"))) as Message;
    const settled = (await client.client?.wire?.incoming?.(reply)) as Message;
    return { request, received, reply, settled };
  };
  return { send, client, server };
}

const compressed = (message: Message): HeaderValue | undefined => message.headers.get(ENCODING);

/** A message that says that it is encoded, as a stranger may send it. */
const claiming = (encoding: HeaderValue, body: Uint8Array): Message => ({
  ...requestOf(body),
  headers: methodHeaders("m", new Map([[ENCODING, encoding]])),
});

async function thrownBy(act: () => MaybePromise<Message> | undefined): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("compression", () => {
  it.each([1_024, 16_384, 16_385, 1_000_000])(
    "compresses an answer of %d bytes for who can read it, who gets it as it was",
    async (bytes) => {
      const body = large(bytes);
      const answer = responseEnvelope({
        body,
        contentType: "application/json",
        headers: new Map([["x", 1]]),
      });
      const { reply, settled } = await between(compression(), compression(), answer).send(large(10));
      expect(compressed(reply)).toBe("gzip");
      expect(reply.body.length).toBeLessThan(bytes / 10);
      expect(Buffer.compare(settled.body, body)).toBe(0);
      expect(settled).toMatchObject({ contentType: "application/json", correlationId: "1" });
      expect([...settled.headers].sort()).toEqual([
        [ACCEPT, "gzip"],
        ["statusCode", 200],
        ["x", 1],
      ]);
    },
  );

  it("leaves alone what is small, what does not get smaller, and what is packed already", async () => {
    for (const [body, contentType] of [
      [large(1_023), undefined],
      [new Uint8Array(randomBytes(5_000)), undefined],
      [large(5_000), "image/png"],
    ] as const) {
      const answer = responseEnvelope({ body, contentType });
      const client = compression({ requests: "always" });
      const { request, reply, settled } = await between(client, compression(), answer).send(
        body,
        contentType,
      );
      expect([compressed(request), compressed(reply)]).toEqual([undefined, undefined]);
      expect(settled.body).toEqual(body);
    }
  });

  it("answers a peer that says nothing of what it can read as if it were not there", async () => {
    const { server } = compression();
    const answer = responseEnvelope({ body: large(5_000) });
    const call = serverCall({ request: { method: "m", ...requestOf(large(10)) } });
    const response = (await server?.wrap?.run(call, () => answer)) as ResponseEnvelope;
    expect(response).toBe(answer);
    const message = encodeResponse(response, "1");
    const reply = await server?.wire?.outgoing?.(message);
    expect(reply?.body).toBe(message.body);
    expect(compressed(reply as Message)).toBeUndefined();
    expect(await server?.wire?.incoming?.(requestOf(large(10)))).toEqual(requestOf(large(10)));
  });

  it("compresses nothing for a peer that can read something else only, or says it in no words", async () => {
    const { server } = compression();
    for (const accepted of ["br", "", 7, true, "gzip".repeat(100), new Uint8Array(2)]) {
      const headers = methodHeaders("m", new Map<string, HeaderValue>([[ACCEPT, accepted]]));
      const call = serverCall({ request: { ...requestOf(large(10)), method: "m", headers } });
      const response = await server?.wrap?.run(call, () => responseEnvelope({ body: large(5_000) }));
      expect(response?.headers?.get(ENCODING)).toBeUndefined();
    }
  });

  it("compresses no request by default, and any if it always may", async () => {
    const peers = between();
    expect(compressed((await peers.send(large(5_000))).request)).toBeUndefined();
    expect(compressed((await peers.send(large(5_000))).request)).toBeUndefined();
    const { request, received } = await between(compression({ requests: "always" })).send(large(5_000));
    expect(compressed(request)).toBe("gzip");
    expect(received.body).toEqual(large(5_000));
    expect(received.headers.get("X-Method")).toBe("m");
    expect(compressed(received)).toBeUndefined();
  });

  it("compresses requests to a service that has shown that it can read them, until an answer does not", async () => {
    const client = compression({ requests: "known" });
    const { send } = between(client);
    expect(compressed((await send(large(5_000))).request)).toBeUndefined();
    expect(compressed((await send(large(5_000))).request)).toBe("gzip");
    await client.client?.wire?.incoming?.(encodeResponse(responseEnvelope(), "1"));
    expect(compressed((await send(large(5_000))).request)).toBeUndefined();
  });

  it("goes on to compress requests while frames of streams come, which say nothing of their sender", async () => {
    const client = compression({ requests: "known" });
    const { send } = between(client);
    await send(large(10));
    const frame: Message = { ...requestOf(large(10)), headers: new Map([["porthos-frame", "items"]]) };
    await client.client?.wire?.incoming?.(frame);
    expect(compressed((await send(large(5_000))).request)).toBe("gzip");
  });

  it("says what it can read in answers that no extension has seen, too, and in no frame", async () => {
    const { server } = compression();
    const notFound = encodeResponse(responseEnvelope({ statusCode: 404 }), "1");
    const reply = await server?.wire?.outgoing?.(notFound);
    expect(reply?.headers.get(ACCEPT)).toBe("gzip");
    const frame: Message = { ...notFound, headers: new Map([["porthos-frame", "alive"]]) };
    expect(await server?.wire?.outgoing?.(frame)).toBe(frame);
  });

  it("says what it can read only where an answer is waited for", async () => {
    const { client } = compression();
    const asked = await client?.wire?.outgoing?.(requestOf(large(10)));
    expect(asked?.headers.get(ACCEPT)).toBe("gzip");
    const oneWay: Message = { ...requestOf(large(10)), replyTo: undefined };
    expect(await client?.wire?.outgoing?.(oneWay)).toBe(oneWay);
  });
});

describe("what cannot be unpacked", () => {
  const bomb = zlib.gzipSync(new Uint8Array(10_000_000), { level: 9 });
  const smallBomb = zlib.gzipSync(new Uint8Array(1_000_000), { level: 9 });
  const cut = zlib.gzipSync(large(5_000)).subarray(0, 30);
  const options: CompressionOptions = { maxBodyBytes: 100_000 };

  it.each<[string, number, HeaderValue, Uint8Array, RegExp]>([
    ["an encoding that nobody knows", 415, "br", large(9), /what can be is gzip/],
    ["an encoding called like a member of every object", 415, "constructor", large(9), /cannot be read here/],
    ["an encoding that is no text", 415, 7, large(9), /cannot be read here/],
    ["what is not compressed at all", 400, "gzip", large(5_000), /not what its header porthos-encoding says/],
    ["no body", 400, "gzip", new Uint8Array(), /not what its header/],
    ["a body that is cut", 400, "gzip", cut, /not what its header/],
    ["a large body that is none", 400, "gzip", new Uint8Array(randomBytes(50_000)), /not what its header/],
    ["a bomb", 413, "gzip", bomb, /more than 100000 bytes/],
    ["a bomb that is small", 413, "gzip", smallBomb, /more than 100000 bytes/],
  ])("is refused: %s, with %d", async (_what, status, encoding, body, words) => {
    const { client, server } = compression(options);
    const refusal = await thrownBy(() => server?.wire?.incoming?.(claiming(encoding, body)));
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ status, message: expect.stringMatching(words) });
    const error = await thrownBy(() => client?.wire?.incoming?.(claiming(encoding, body)));
    expect(error).toMatchObject({ code: "BadReply", message: expect.stringMatching(words) });
  });

  it("is not what is just as large as it may be", async () => {
    const { server } = compression(options);
    const body = zlib.gzipSync(new Uint8Array(100_000));
    expect((await server?.wire?.incoming?.(claiming("gzip", body)))?.body.length).toBe(100_000);
    const small = compression({ maxBodyBytes: 100 }).server;
    expect((await small?.wire?.incoming?.(claiming("gzip", zlib.gzipSync(large(100)))))?.body).toEqual(
      large(100),
    );
    const error = await thrownBy(() => small?.wire?.incoming?.(claiming("gzip", zlib.gzipSync(large(101)))));
    expect(error).toMatchObject({ status: 413 });
  });

  it("is counted with what can, as far as that is of use", async () => {
    const answer = responseEnvelope({ body: large(5_000) });
    const { send, client, server } = between(compression(), compression(), answer);
    await send(large(10));
    expect(server.server?.describe?.()).toMatchObject({ encodings: ["gzip"], packed: 1, unpacked: 0 });
    expect(client.client?.describe?.()).toMatchObject({ minBytes: 1_024, packed: 0, unpacked: 1 });
  });
});
