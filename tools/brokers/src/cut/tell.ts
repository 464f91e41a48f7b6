import { setTimeout as sleep } from "node:timers/promises";
import { openAmqp10 } from "../probe/connection10.js";

/** A message to the node by which a broker is managed. */
export type Command = {
  readonly target: { readonly address: string; readonly capabilities?: string[] };
  readonly properties: Readonly<Record<string, string>>;
  readonly body: unknown;
};

const DONE_WITHIN_MS = 10_000;

/**
 * Sends a command that ends all connections, this one too: that it is gone is the answer.
 * @throws {Error} when it lives on
 */
export async function tell(url: string, { target, properties, body }: Command): Promise<void> {
  const { connection, gone, close } = await openAmqp10(url);
  const receiver = connection.open_receiver({ source: { address: "", dynamic: true } });
  receiver.once("receiver_open", () => {
    const sender = connection.open_sender({ target });
    sender.once("sendable", () => {
      sender.send({ reply_to: receiver.source.address, application_properties: properties, body });
    });
  });
  const late = sleep(DONE_WITHIN_MS, "late", { ref: false });
  if ((await Promise.race([gone, late])) !== "late") return;
  await close();
  throw new Error(`${target.address} did not do ${JSON.stringify(properties)}`);
}
