import { describeEachBroker } from "@porthos-rpc/brokers/vitest";
import { describe } from "vitest";
import { ownAnswers } from "./seed-wire/own-answers.js";
import { repliesOfSeed } from "./seed-wire/replies-of-seed.js";
import { requestsToSeed } from "./seed-wire/requests-to-seed.js";
import { responsesToSeed } from "./seed-wire/responses-to-seed.js";
import { serviceQueue } from "./seed-wire/service-queue.js";

/*
 * docs/wire.md line by line, against a peer that writes and reads the bytes itself.
 */
describeEachBroker("amqp091", (broker) => {
  describe("the service's queue", () => serviceQueue(broker));
  describe("a request of our client, at a seed server", () => requestsToSeed(broker));
  describe("a reply of a seed server, at our client", () => repliesOfSeed(broker));
  describe("a response of our server, at a seed client", () => responsesToSeed(broker));
  describe("what our server answers by itself, at a seed client", () => ownAnswers(broker));
});
