import type {
  ClientCall,
  Extension,
  MaybePromise,
  Message,
  ResponseEnvelope,
  ServerCall,
} from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { within } from "../waits.js";
import { fault } from "./fault.js";

const TIMEOUT_MS = 1_000;

/** Ways in which a hook can be broken. */
const BROKEN = {
  throws: (): never => {
    throw new Error("broken");
  },
  rejects: () => Promise.reject(new Error("broken")),
  hangs: () => new Promise<never>(() => {}),
} as const;

type Way = keyof typeof BROKEN;
const WAYS = Object.keys(BROKEN) as Way[];

function extension(parts: Partial<Extension>): Extension {
  return { name: "broken", apiVersion: 1, ...parts };
}

type NextOfClient = (call: ClientCall) => MaybePromise<ResponseEnvelope>;
type NextOfServer = (call: ServerCall) => MaybePromise<ResponseEnvelope>;

fault(56, "one that breaks while it observes harms no call, and is reported", async (stage) => {
  for (const way of WAYS) {
    const broken = BROKEN[way];
    const server = await stage.server(
      { echo: (request) => request.args()[0] },
      {
        service: `${stage.service}-${way}`,
        extensions: [extension({ server: { observe: { incoming: broken, outgoing: broken } } })],
      },
    );
    const client = await stage.client({
      service: server.service,
      extensions: [extension({ client: { observe: { sent: broken, settled: broken } } })],
    });
    const reports = new Arrivals<string>("a report");
    for (const end of [client, server])
      (end as typeof client).on("extensionError", ({ during }) => reports.add(during));
    expect((await client.call("echo").withArgs(way).sync()).json()).toBe(way);
    if (way !== "hangs")
      expect((await reports.take(4)).sort()).toEqual(["incoming", "outgoing", "sent", "settled"]);
  }
});

fault(56, "one that breaks around a client's call ends that call, in time, and no other", async (stage) => {
  await stage.server({ echo: (request) => request.args()[0] });
  const transport = await stage.transport();
  const plain = await stage.client({ transport });
  await plain.call("echo").sync();
  for (const way of WAYS) {
    for (const when of ["before", "after"]) {
      const run = async (call: ClientCall, next: NextOfClient): Promise<ResponseEnvelope> => {
        if (when === "after") await next(call);
        return BROKEN[way]();
      };
      const client = await stage.client({
        transport,
        extensions: [extension({ client: { wrap: { phase: "user", run } } })],
      });
      const call = client.call("echo").withTimeout(TIMEOUT_MS).sync();
      const code = way === "hangs" ? "Timeout" : "Config";
      await expect(call, `${way} ${when}`).rejects.toMatchObject({ code });
      expect((await plain.call("echo").withArgs(way).sync()).json()).toBe(way);
    }
  }
});

fault(56, "one that breaks around a handler ends that request, in time, and no other", async (stage) => {
  for (const way of WAYS) {
    for (const when of ["before", "after"]) {
      const run = async (call: ServerCall, next: NextOfServer): Promise<ResponseEnvelope> => {
        if (call.method === "fine") return next(call);
        if (when === "after") await next(call);
        return BROKEN[way]();
      };
      const server = await stage.server(
        { m: () => {}, fine: () => "fine" },
        {
          service: `${stage.service}-${way}-${when}`,
          maxInFlight: 1,
          extensions: [extension({ server: { wrap: { phase: "user", run } } })],
        },
      );
      const client = await stage.client({ service: server.service });
      await client.call("fine").sync();
      const call = client.call("m").withTimeout(TIMEOUT_MS).sync();
      if (way === "hangs") await expect(call, when).rejects.toMatchObject({ code: "Timeout" });
      else expect((await call).statusCode, `${way} ${when}`).toBe(500);
      expect((await client.call("fine").sync()).json()).toBe("fine");
    }
  }
});

/** Breaks on what has a body. */
function breaking(way: Way): (message: Message) => MaybePromise<Message> {
  return (message) => (message.body.length > 0 ? BROKEN[way]() : message);
}

for (const direction of ["outgoing", "incoming"] as const) {
  fault(
    56,
    `one that breaks over a client's ${direction} messages ends those calls, in time`,
    async (stage) => {
      await stage.server({ echo: (request) => request.args()[0], quiet: () => {} });
      const transport = await stage.transport();
      for (const way of WAYS) {
        const client = await stage.client({
          transport,
          extensions: [extension({ client: { wire: { [direction]: breaking(way) } } })],
        });
        await client.call("quiet").sync();
        const call = client.call("echo").withArgs(1).withTimeout(TIMEOUT_MS).sync();
        const code = way === "hangs" ? "Timeout" : direction === "outgoing" ? "BadRequest" : "BadReply";
        await expect(call, way).rejects.toMatchObject({ code });
        expect((await client.call("quiet").sync()).statusCode).toBe(204);
      }
    },
  );

  fault(
    56,
    `one that breaks over a server's ${direction} messages ends those requests, and frees their slots`,
    async (stage) => {
      for (const way of WAYS) {
        const server = await stage.server(
          { echo: (request) => request.args()[0], quiet: () => {} },
          {
            service: `${stage.service}-${way}`,
            maxInFlight: 1,
            extensions: [extension({ server: { wire: { [direction]: breaking(way) } } })],
          },
        );
        const client = await stage.client({ service: server.service });
        await client.call("quiet").sync();
        const call = client.call("echo").withArgs(1).withTimeout(TIMEOUT_MS).sync();
        const end = await call.then(
          ({ statusCode }) => statusCode,
          (error: { code: string }) => error.code,
        );
        expect(end, way).toBe(way === "hangs" ? "Timeout" : 500);
        expect((await client.call("quiet").sync()).statusCode, way).toBe(204);
      }
    },
  );
}

fault(
  56,
  "one that breaks at the start fails the start; one that breaks at the end harms no closing",
  async (stage) => {
    for (const way of WAYS) {
      const broken = extension({ client: { start: BROKEN[way] }, server: { start: BROKEN[way] } });
      const client = await stage.client({ extensions: [broken] });
      const call = client.call("m").withTimeout(500).sync();
      await expect(call, way).rejects.toMatchObject({
        code: way === "hangs" ? "Timeout" : "Config",
        executed: "no",
      });
      await client.close();
      const stopping = extension({ client: { stop: BROKEN[way] }, server: { stop: BROKEN[way] } });
      const server = await stage.server(
        { m: () => {} },
        { service: `${stage.service}-${way}`, extensions: [stopping] },
      );
      const other = await stage.client({ service: server.service, extensions: [stopping] });
      await other.call("m").sync();
      await within(8_000, `the ends to close when stop ${way}`, Promise.all([other.close(), server.close()]));
    }
  },
);
