import type { Impairment } from "@porthos-rpc/brokers";
import { RpcError } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { fault } from "./fault.js";
import { Losses, openLine, up } from "./network.js";

const BREAKS: readonly (readonly [promise: string, impairment: Impairment])[] = [
  ["a reset inside a frame", { resetAfterBytes: 12_345 }],
  ["a connection that ends after so many bytes", { endAfterBytes: 12_345 }],
];

const BODY = "x".repeat(5_000);

for (const [what, impairment] of BREAKS) {
  for (const way of ["toBroker", "toClient"] as const) {
    fault(
      6,
      `${what}, ${way}: calls end with their own answer or an honest error, and go on afterwards`,
      async (stage, context) => {
        const line = await openLine(stage, context);
        const ofServer = await stage.transport(line);
        const ofClient = await stage.transport(line);
        await stage.server({ echo: (request) => request.args()[0] }, { transport: ofServer });
        const client = await stage.client({ transport: ofClient });
        const echo = async (value: string): Promise<unknown> =>
          (await client.call("echo").withArgs(value).sync()).json();
        await echo("before");
        using server = new Losses(ofServer);
        using caller = new Losses(ofClient);
        line.impair(impairment, way);
        const values = Array.from({ length: 20 }, (_, index) => `${index} ${BODY}`);
        const ends = await Promise.allSettled(values.map(echo));
        await Promise.race([server.sent, server.received, caller.sent, caller.received]);
        line.impair({});
        for (const [index, end] of ends.entries()) {
          if (end.status === "fulfilled") expect(end.value).toBe(values[index]);
          else expect(end.reason).toBeInstanceOf(RpcError);
        }
        await Promise.all([up(ofServer), up(ofClient)]);
        expect(await echo("after")).toBe("after");
      },
    );
  }
}

fault(
  6,
  "frames that come byte by byte are put together again, both ways and at both ends",
  async (stage, context) => {
    const line = await openLine(stage, context);
    line.impair({ sliceBytes: 1 });
    const transports = [await stage.transport(line), await stage.transport(line)] as const;
    await stage.server({ echo: (request) => request.args()[0] }, { transport: transports[0] });
    const client = await stage.client({ transport: transports[1] });
    const values = Array.from({ length: 5 }, (_, index) => `${index} ${"ü".repeat(100)}`);
    const answers = values.map(async (value) => (await client.call("echo").withArgs(value).sync()).json());
    expect(await Promise.all(answers)).toEqual(values);
  },
);
