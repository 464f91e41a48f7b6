import { createClient } from "@porthos-rpc/client";
import { createServer } from "@porthos-rpc/server";
import { amqp091 } from "@porthos-rpc/transport-amqp091";
import { type Caller, PREFETCH, type Subject } from "../subject.js";

/** Porthos with nothing but its defaults: every promise kept. */
export const porthos: Subject = {
  name: "porthos over amqp091",
  async serve(url, service) {
    const server = createServer({ transport: amqp091({ url }), service, maxInFlight: PREFETCH });
    server.register("addOne", (request, response) => {
      const { value } = request.json<{ value: number }>();
      response.json(200, { original_value: value, value_plus_one: value + 1 });
    });
    await server.listen();
  },
  async call(url, service): Promise<Caller> {
    const client = createClient({ transport: amqp091({ url }), service, timeoutMs: 30_000 });
    return {
      async addOne(value) {
        const response = await client.call("addOne").withMap({ value }).sync();
        return response.json<{ value_plus_one: number }>().value_plus_one;
      },
      close: () => client.close(),
    };
  },
};
