import { NO_BODY, NO_HEADERS } from "@porthos-rpc/protocol";
import { amqp091 } from "../../src/index.js";

/** Uses a transport, closes it in one of several ways, and tells what is left that would keep a process alive. */
const [url = "", how = ""] = process.argv.slice(2);
const wrong = how === "close after a wrong password";
const transport = amqp091({ url: wrong ? url.replace("guest:guest", "guest:wrong") : url });
const lease = transport.acquire();
if (how !== "close while connecting") {
  await transport.ready().catch(() => {});
}
if (!wrong && how !== "close while connecting") {
  const inbox = await transport.openInbox({ onMessage: () => {} });
  const subscription = await transport.subscribe("exits", () => {});
  const message = {
    body: NO_BODY,
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
  };
  await new Promise<unknown>((resolve) =>
    transport.reply(inbox.address ?? "", message, { onOutcome: resolve }),
  );
  await subscription.cancel();
}
await (how === "release" ? lease.release() : transport.close());

const { _getActiveHandles } = process as unknown as { _getActiveHandles(): object[] };
const standard = [process.stdin, process.stdout, process.stderr];
const ours = _getActiveHandles().filter((handle) => {
  const isStandard = (standard as object[]).includes(handle);
  const { remotePort } = handle as { remotePort?: number };
  return !isStandard && remotePort !== undefined;
});
const timers = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout");
const left = [...ours.map((handle) => handle.constructor.name), ...timers];
process.stdout.write(`handles: ${left.length === 0 ? "none" : left.join(", ")}\n`);
