import { expect, test } from "vitest";
import { NO_BODY, NO_HEADERS } from "../message.js";
import { QueueDelivery } from "./queue-delivery.js";

const MESSAGE = {
  body: NO_BODY,
  contentType: undefined,
  correlationId: undefined,
  replyTo: undefined,
  ttlMs: undefined,
  headers: NO_HEADERS,
  durable: false,
};

test.each(["accept", "release", "reject"] as const)("%s() counts if it comes first, and once", (first) => {
  const settled: string[] = [];
  const lane = { settle: (tag: number, how: string) => void settled.push(`${tag} ${how}`) };
  const delivery = new QueueDelivery(lane, 7, MESSAGE, true, 3);
  expect(delivery).toMatchObject({ message: MESSAGE, redelivered: true, deliveryCount: 3 });
  delivery[first]();
  for (const later of ["accept", "release", "reject"] as const) delivery[later]();
  expect(settled).toEqual([`7 ${first}`]);
});
