import type { Headers, HeaderValue } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { type Row, rows } from "../rows.js";
import { sendingHeaders } from "../sending-headers.js";
import { fault } from "./fault.js";

/** The same broker by the other protocol. */
function otherOf(title: string): Row {
  const [protocol, broker] = title.split(" on ");
  const other = protocol === "amqp091" ? "amqp10" : "amqp091";
  const found = rows.find(([name]) => name === `${other} on ${broker}`);
  if (found === undefined) throw new Error(`no ${other} on ${broker}`);
  return found[1];
}

/** What crosses as it is. */
const CROSSING: Headers = new Map<string, HeaderValue>([
  ["text", "grüße 🧮"],
  ["int", -200],
  ["fraction", 0.5],
  ["yes", true],
]);

fault(
  65,
  "a caller by this one and a service by the other agree on statuses, headers, bodies and deadlines",
  async (stage, { task }) => {
    const carrier = task.name.split(" · ")[1] ?? "";
    const seen = new Arrivals<Headers>("a request's headers");
    const aborted = new Arrivals<true>("an aborted handler");
    await stage.server(
      {
        answer: (request, response) => {
          const { status } = request.json<{ status: number }>();
          seen.add(new Map(request.headers));
          for (const [name, value] of CROSSING) response.headers.set(name, value);
          response.json(status, { status });
        },
        ponder: ({ signal }) =>
          new Promise<void>((end) => {
            signal.addEventListener("abort", () => {
              aborted.add(true);
              end();
            });
          }),
      },
      { transport: await stage.transport(otherOf(carrier)) },
    );
    const client = await stage.client({ extensions: [sendingHeaders(CROSSING)] });
    for (const status of [127, 128, 200, 255, 256, 404, 599]) {
      const response = await client.call("answer").withMap({ status }).sync();
      expect([response.statusCode, response.json()]).toEqual([status, { status }]);
      expect(Object.fromEntries(response.headers)).toMatchObject(Object.fromEntries(CROSSING));
      expect(Object.fromEntries(await seen.next())).toMatchObject(Object.fromEntries(CROSSING));
    }
    expect((await client.call("unknown").sync()).statusCode).toBe(404);
    await expect(client.call("ponder").withTimeout(500).sync()).rejects.toMatchObject({ code: "Timeout" });
    await aborted.next();
  },
  { on: ["amqp091 on rabbitmq-4.3", "amqp091 on qpid", "amqp10 on rabbitmq-4.3"] },
);
