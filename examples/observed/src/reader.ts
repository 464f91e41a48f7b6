import type { Transport } from "@porthos-rpc/protocol";

/** Reads a queue of the extensions, as the seed's Dashboard and Playground do, and shows what comes first about this service. */
export async function showQueue(
  transport: Transport,
  queue: string,
  service: string,
): Promise<() => Promise<void>> {
  let arrived = (): void => {};
  const first = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const subscription = await transport.consume(queue, { credit: 10 }, (delivery) => {
    const text = new TextDecoder().decode(delivery.message.body);
    delivery.accept();
    if (!text.includes(`"${service}"`)) return;
    console.log(`${queue} ${text}`);
    arrived();
  });
  return async () => {
    await first;
    await subscription.cancel();
  };
}
