import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "amqplib";

export type Answer = { readonly product: string; readonly version: string };

/** Opens a connection over AMQP 0-9-1, closes it, and tells what the broker says of itself. */
export async function probe(url: string): Promise<Answer> {
  const model = await connect(url);
  const { product, version } = model.connection.serverProperties;
  await model.close();
  return { product: String(product), version: String(version) };
}

/** Probes until the broker answers. @throws {Error} the last failure, after `withinMs` or when `failed` settles. */
export async function probeUntilUp(url: string, withinMs: number, failed?: Promise<string>): Promise<Answer> {
  const giveUpAtMs = Date.now() + withinMs;
  let died: string | undefined;
  void failed?.then((reason) => {
    died = reason;
  });
  for (;;) {
    try {
      return await probe(url);
    } catch (error) {
      if (died !== undefined) throw new Error(`The broker ended while starting: ${died}`, { cause: error });
      if (Date.now() > giveUpAtMs) throw error;
      await sleep(100);
    }
  }
}
