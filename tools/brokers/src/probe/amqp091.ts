import { connect } from "amqplib";
import type { Answer } from "./probe.js";

const ANSWER_WITHIN_MS = 5_000;

/** Opens a connection over AMQP 0-9-1, closes it, and tells what the broker says of itself. */
export async function probeAmqp091(url: string): Promise<Answer> {
  const model = await connect(url, { timeout: ANSWER_WITHIN_MS });
  const { product, version } = model.connection.serverProperties;
  await model.close();
  return { product: String(product), version: String(version) };
}
