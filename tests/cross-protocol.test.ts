import type { Protocol } from "@porthos-rpc/brokers";
import { describeBroker } from "@porthos-rpc/brokers/vitest";
import type { Headers, HeaderValue } from "@porthos-rpc/protocol";
import type { Handler } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";
import { brokerRow } from "./rows.js";
import { int32 } from "./seed-peer/field-table.js";
import { SeedClient, statusInGo } from "./seed-peer/seed-client.js";
import { SeedServer } from "./seed-peer/seed-server.js";
import { sendingHeaders } from "./sending-headers.js";
import { Stage } from "./stage.js";

const DIRECTIONS: readonly (readonly [caller: Protocol, service: Protocol])[] = [
  ["amqp10", "amqp091"],
  ["amqp091", "amqp10"],
];

/**
 * What crosses as it is. Lists and tables do not, which RabbitMQ drops on the way from 0-9-1 to 1.0, nor do bytes, of which
 * it makes a text on the way back.
 */
const CROSSING: Headers = new Map<string, HeaderValue>([
  ["text", "grüße 🧮"],
  ["int", -200],
  ["large", 2 ** 40],
  ["fraction", 0.5],
  ["yes", true],
  ["no", false],
  ["none", null],
  ["date", new Date(1_700_000_000_000)],
]);

for (const name of ["rabbitmq-4.3", "rabbitmq-4.0"] as const) {
  describeBroker(name, (broker) => {
    describe.each(DIRECTIONS)("a caller by %s, a service by %s", (callerProtocol, serviceProtocol) => {
      const [callerRow, serviceRow] = [brokerRow(broker, callerProtocol), brokerRow(broker, serviceProtocol)];

      function stageOfBoth(): Stage {
        return new Stage(serviceRow, "cross", callerRow);
      }

      test("every status arrives as it was", async () => {
        await using stage = stageOfBoth();
        await stage.server({
          answer: (request, response) => response.empty(request.args<[number]>()[0]),
        });
        const client = await stage.client();
        const statuses = [100, 127, 128, 200, 204, 255, 256, 404, 500, 599];
        const calls = statuses.map((status) => client.call("answer").withArgs(status).sync());
        expect((await Promise.all(calls)).map(({ statusCode }) => statusCode)).toEqual(statuses);
      });

      test("headers travel both ways with their types", async () => {
        const seen = new Arrivals<Headers>("a request's headers");
        const look: Handler = (request, response) => {
          seen.add(new Map(request.headers));
          for (const [key, value] of CROSSING) response.headers.set(key, value);
          response.empty(200);
        };
        await using stage = stageOfBoth();
        await stage.server({ look });
        const client = await stage.client({ extensions: [sendingHeaders(CROSSING)] });
        const response = await client.call("look").sync();
        expect(Object.fromEntries(await seen.next())).toMatchObject(Object.fromEntries(CROSSING));
        expect(Object.fromEntries(response.headers)).toMatchObject(Object.fromEntries(CROSSING));
      });

      test("bodies and content types arrive byte for byte", async () => {
        const mirror: Handler = (request, response) =>
          response.raw(200, request.contentType ?? "none", request.body);
        await using stage = stageOfBoth();
        await stage.server({ mirror });
        const client = await stage.client();
        const bytes = Uint8Array.from({ length: 100_000 }, (_byte, index) => index % 256);
        const image = await client.call("mirror").withBodyContentType(bytes, "image/png").sync();
        expect(image.contentType).toBe("image/png");
        expect(Buffer.from(image.body).equals(bytes)).toBe(true);
        expect((await client.call("mirror").withMap({ value: "東京" }).sync()).json()).toEqual({
          value: "東京",
        });
      });

      test("an unknown method is answered 404, a handler that throws 500, as problems", async () => {
        await using stage = stageOfBoth();
        const server = await stage.server({
          fail: () => {
            throw new Error("not told");
          },
        });
        server.on("handlerError", () => {});
        const client = await stage.client();
        const [unknown, failed] = [await client.call("nosuch").sync(), await client.call("fail").sync()];
        expect([unknown.statusCode, failed.statusCode]).toEqual([404, 500]);
        expect(unknown.contentType).toBe("application/problem+json");
        expect(unknown.json()).toMatchObject({ status: 404, executed: "no" });
        expect(failed.text()).not.toContain("not told");
      });

      test("one-way calls arrive, and nobody answers them", async () => {
        const logged = new Arrivals<unknown>("a logged line");
        await using stage = stageOfBoth();
        await stage.server({ log: (request) => logged.add(request.args()) });
        const client = await stage.client();
        await client.call("log").withArgs("INFO", "text").void();
        expect(await logged.next()).toEqual(["INFO", "text"]);
      });

      test("the deadline reaches the handler, and a request that expired in the queue never runs", async () => {
        const deadlines = new Arrivals<boolean>("a handler's deadline");
        const ran: unknown[] = [];
        const ponder: Handler = async (request) => {
          ran.push(request.args()[0]);
          deadlines.add(request.deadline !== undefined);
          await new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve()));
        };
        await using stage = stageOfBoth();
        await stage.server({ ponder }, { maxInFlight: 1 });
        const client = await stage.client();
        const first = client.call("ponder").withArgs("runs").withTimeout(400).sync();
        expect(await deadlines.next()).toBe(true);
        const late = client.call("ponder").withArgs("expired").withTimeout(100).sync();
        await expect(late).rejects.toMatchObject({ code: "Timeout" });
        await expect(first).rejects.toMatchObject({ code: "Timeout" });
        const last = client.call("ponder").withArgs("last").withTimeout(100).sync();
        await expect(last).rejects.toMatchObject({ code: "Timeout" });
        expect(ran).toEqual(["runs", "last"]);
      });

      test("each of 500 calls at once gets its own answer", async () => {
        await using stage = stageOfBoth();
        await stage.server({ echo: (request) => request.args()[0] });
        const client = await stage.client();
        const values = Array.from({ length: 500 }, (_value, index) => index);
        const calls = values.map(async (value) => (await client.call("echo").withArgs(value).sync()).json());
        expect(await Promise.all(calls)).toEqual(values);
      });
    });

    describe("a service by amqp10 and a seed client", () => {
      test.each(["named", "server-named"] as const)(
        "with a %s inbox understand each other",
        async (inbox) => {
          await using stage = new Stage(brokerRow(broker, "amqp10"));
          await stage.server({
            addOne: (request, response) => response.json(201, request.json<{ value: number }>().value + 1),
          });
          await using seed = await SeedClient.open(broker.url("amqp091"), stage.service, inbox);
          const reply = await seed.call("addOne", { body: '{"value":1}', contentType: "application/json" });
          expect([statusInGo(reply), reply.body.toString()]).toEqual([201, "2"]);
          expect(statusInGo(await seed.call("nosuch"))).toBe(404);
        },
      );
    });

    test("a caller by amqp10 and a seed server understand each other", async () => {
      await using stage = new Stage(brokerRow(broker, "amqp10"));
      await using seed = await SeedServer.open(broker.url("amqp091"), stage.service, {
        addOne: ({ body }) => ({
          status: 201,
          contentType: "application/json",
          body: String(JSON.parse(body.toString()).value + 1),
          headers: [int32("statusCode", 201)],
        }),
      });
      const client = await stage.client();
      const response = await client.call("addOne").withMap({ value: 1 }).sync();
      expect([response.statusCode, response.json()]).toEqual([201, 2]);
      expect((await seed.requests.next()).properties.headers).toContainEqual(
        expect.objectContaining({ name: "X-Method", type: "S" }),
      );
    });
  });
}

describeBroker("rabbitmq-3.10", (broker) => {
  test("where the broker drops what crosses, the error says so, and what to do", async () => {
    const hint = /RabbitMQ 3 by different protocols.*docs\/transports\.md/;
    for (const [caller, service] of DIRECTIONS) {
      await using stage = new Stage(brokerRow(broker, service), "cross", brokerRow(broker, caller));
      const server = await stage.server({ m: () => "never" });
      const refused = new Arrivals<string>("a refused request");
      server.on("refused", ({ response }) => refused.add(new TextDecoder().decode(response.body)));
      const client = await stage.client();
      const error = await client
        .call("m")
        .sync()
        .catch((reason: unknown) => reason);
      expect(await refused.next()).toMatch(hint);
      expect(error).toMatchObject({ code: "BadReply", message: expect.stringMatching(hint) });
    }
  });
});
