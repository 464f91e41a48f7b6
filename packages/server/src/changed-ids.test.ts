import { type Extension, type Message, NO_BODY } from "@porthos-rpc/protocol";
import { expect, it, vi } from "vitest";
import { scripted } from "../test/setup.js";
import { settle } from "../test/watch.js";

/** Of the form of ours, so that it can be given up. */
const ID = `${"0".repeat(32)}.1.zzzzzzzz.0123456789a`;

it("forgets a request under the id that it came with, whatever an extension makes of it", async () => {
  const rename: Extension = {
    name: "rename",
    apiVersion: 1,
    server: { wire: { incoming: (message) => ({ ...message, correlationId: "other" }) } },
  };
  const { server, deliver, transport } = scripted({ extensions: [rename] });
  const run = vi.fn<() => void>();
  server.register("m", run);
  await server.listen();
  deliver({ correlationId: ID });
  await settle();
  const cancel: Message = {
    body: NO_BODY,
    contentType: undefined,
    correlationId: ID,
    replyTo: undefined,
    ttlMs: undefined,
    headers: new Map([["porthos-frame", "cancel"]]),
    durable: false,
  };
  // Nobody runs it any more: so it is kept for a request that may come again.
  transport.subscribers.get("porthos.cancel.S")?.(cancel);
  deliver({ correlationId: ID }, true);
  await settle();
  expect(run).toHaveBeenCalledTimes(1);
  await server.close();
});
