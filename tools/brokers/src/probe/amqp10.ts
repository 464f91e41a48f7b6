import { openAmqp10 } from "./connection10.js";
import type { Answer } from "./probe.js";

/** Opens a connection and a session over AMQP 1.0, closes them, and tells what the broker says of itself. */
export async function probeAmqp10(url: string): Promise<Answer> {
  const { connection, close } = await openAmqp10(url);
  const { product, version } = connection.properties ?? {};
  await close();
  return { product: String(product), version: String(version) };
}
