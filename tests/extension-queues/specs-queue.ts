import { contract, method, notification } from "@porthos-rpc/contract";
import { specs } from "@porthos-rpc/extension-specs";
import { bodySpecFromArray, bodySpecFromSchema } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Row } from "../rows.js";
import { Stage } from "../stage.js";
import { emptied } from "./metrics-queue.js";
import { expectJson, QueueReader } from "./queue-reader.js";

const QUEUE = "porthos.specs";
const JSON_TYPE = "application/json";

const number = { type: "number", description: "" };

const ADD_ONE = {
  description: "Adds one",
  request: {
    contentType: JSON_TYPE,
    body: bodySpecFromSchema(
      z.object({ value: z.number().describe("The number"), by: z.object({ n: z.number() }) }),
    ),
  },
  response: { contentType: JSON_TYPE, body: bodySpecFromArray(z.object({ sum: z.number() })) },
};

const ADD_ONE_IN_THE_QUEUE = {
  description: "Adds one",
  request: {
    contentType: JSON_TYPE,
    body: {
      value: { type: "number", description: "The number" },
      by: { type: "object", description: "", body: { n: number } },
    },
  },
  response: { contentType: JSON_TYPE, body: [{ type: "object", body: { sum: number } }] },
};

export function specsQueue(row: Row): void {
  test("has what methods were registered with, in the seed's form, and nothing of those that say nothing", async () => {
    await using _ = await emptied(row, QUEUE);
    await using stage = new Stage(row, "specs");
    await using reader = await QueueReader.open(row, QUEUE, stage.service);
    const server = createServer({
      transport: await stage.transport(),
      service: stage.service,
      extensions: [specs()],
    });
    stage.add(server);
    server.registerWithSpec("addOne", () => 1, ADD_ONE);
    server.register("log", () => {});
    await server.listen();
    const message = await reader.messages.next();
    expectJson(message, row);
    const expected = { service: stage.service, specs: { addOne: ADD_ONE_IN_THE_QUEUE } };
    expect(JSON.parse(message.body)).toEqual(expected);
    // Byte for byte, in the order of the seed.
    expect(message.body).toBe(JSON.stringify(expected));
  });

  test("has what a contract says of its methods, with every field of the seed's form", async () => {
    await using _ = await emptied(row, QUEUE);
    await using stage = new Stage(row, "specs");
    await using reader = await QueueReader.open(row, QUEUE, stage.service);
    const calculator = contract(stage.service, {
      addOne: method({
        description: "Adds one",
        input: z.object({ value: z.number() }),
        output: z.object({ sum: z.number() }),
      }),
      log: notification({ input: z.tuple([z.string()]) }),
    });
    const server = createServer({
      transport: await stage.transport(),
      contract: calculator,
      extensions: [specs({ everyMs: 0 })],
    });
    stage.add(server);
    server.implement({ addOne: ({ value }) => ({ sum: value + 1 }), log: () => {} });
    await server.listen();
    expect(JSON.parse((await reader.messages.next()).body)).toEqual({
      service: stage.service,
      specs: {
        addOne: {
          description: "Adds one",
          request: { contentType: JSON_TYPE, body: { value: number } },
          response: { contentType: JSON_TYPE, body: { sum: number } },
        },
        log: {
          description: "",
          request: { contentType: JSON_TYPE, body: [{ type: "string" }] },
          response: { contentType: "", body: null },
        },
      },
    });
  });
}

/** What becomes of specs that nobody could have read: a second for each of the queue's lives. */
export function missingSpecsQueue(row: Row): void {
  test("has them once a reader has declared it, where it was not there yet, and again after it was deleted", async (context) => {
    await using _ = await emptied(row, QUEUE);
    await using stage = new Stage(row, "specs");
    const transport = await stage.transport();
    const server = createServer({
      transport,
      service: stage.service,
      extensions: [specs({ everyMs: 1_000 })],
    });
    stage.add(server);
    server.registerWithSpec("addOne", () => 1, ADD_ONE);
    await server.listen();
    if (!transport.features.unroutableSends && row.seedUrl === undefined)
      context.skip("this broker creates the queue, and there is no word in its protocol that deletes one");
    for (let life = 0; life < 2; life++) {
      await using reader = await QueueReader.open(row, QUEUE, stage.service);
      expect(JSON.parse((await reader.messages.next(10_000)).body)).toMatchObject({
        specs: { addOne: ADD_ONE_IN_THE_QUEUE },
      });
      await row.removeQueues([QUEUE]);
    }
  });
}
