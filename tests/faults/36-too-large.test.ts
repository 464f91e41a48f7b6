import type { Handler } from "@porthos-rpc/server";
import { expect } from "vitest";
import { fault } from "./fault.js";

const KIB = 1024;
const MIB = 1024 * KIB;

fault(
  36,
  "one byte over the client's limit is TooLarge at once, not executed, and is not sent",
  async (stage) => {
    let runs = 0;
    await stage.server({
      count: () => {
        runs++;
      },
    });
    const client = await stage.client();
    const call = client
      .call("count")
      .withBody(new Uint8Array(MIB + 1))
      .sync();
    await expect(call).rejects.toMatchObject({ code: "TooLarge", executed: "no" });
    await client.call("count").sync();
    expect(runs).toBe(1);
  },
);

fault(36, "one byte over the server's limit is answered 413, without the handler", async (stage) => {
  let runs = 0;
  const count: Handler = () => {
    runs++;
  };
  await stage.server({ count }, { maxBodyBytes: KIB });
  const client = await stage.client();
  const status = async (bytes: number): Promise<number> =>
    (await client.call("count").withBody(new Uint8Array(bytes)).sync()).statusCode;
  expect(await status(KIB + 1)).toBe(413);
  expect(runs).toBe(0);
  expect(await status(KIB)).toBe(204);
});

fault(
  36,
  "a response over the server's limit becomes a 500, one over the client's a BadReply",
  async (stage) => {
    const big: Handler = (request, response) => {
      response.raw(200, "application/octet-stream", new Uint8Array(request.args<[number]>()[0]));
    };
    await stage.server({ big }, { maxBodyBytes: 2 * KIB });
    const client = await stage.client({ maxBodyBytes: KIB });
    const call = (bytes: number) => client.call("big").withArgs(bytes).sync();
    expect((await call(2 * KIB + 1)).statusCode).toBe(500);
    await expect(call(2 * KIB)).rejects.toMatchObject({ code: "BadReply", executed: "yes" });
    expect((await call(KIB)).body).toHaveLength(KIB);
  },
);
