import { setTimeout as sleep } from "node:timers/promises";
import type { Protocol, Urls } from "../broker.js";
import { probeAmqp10 } from "./amqp10.js";
import { probeAmqp091 } from "./amqp091.js";

/** What a broker says of itself. */
export type Answer = { readonly product: string; readonly version: string };

const PROBES: Readonly<Record<Protocol, (url: string) => Promise<Answer>>> = {
  amqp091: probeAmqp091,
  amqp10: probeAmqp10,
};

/** Opens a connection by each protocol and closes it. @throws {Error} the first failure */
export async function probe(urls: Urls): Promise<Answer> {
  let answer: Answer | undefined;
  for (const [protocol, url] of Object.entries(urls)) answer = await PROBES[protocol as Protocol](url);
  if (answer === undefined) throw new Error("A broker without a URL cannot answer");
  return answer;
}

/** Probes until the broker answers. @throws {Error} the last failure, after `withinMs` or when `failed` settles. */
export async function probeUntilUp(urls: Urls, withinMs: number, failed?: Promise<string>): Promise<Answer> {
  const giveUpAtMs = Date.now() + withinMs;
  let died: string | undefined;
  void failed?.then((reason) => {
    died = reason;
  });
  for (;;) {
    try {
      return await probe(urls);
    } catch (error) {
      if (died !== undefined) throw new Error(`The broker ended while starting: ${died}`, { cause: error });
      if (Date.now() > giveUpAtMs) throw error;
      await sleep(100);
    }
  }
}
