import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { artemis } from "../java/artemis.js";
import { qpid } from "../java/qpid.js";
import { JAVA_IMAGE, RABBITMQ_IMAGES } from "./images.js";

const compose = readFileSync(new URL("../../../../docker-compose.yml", import.meta.url), "utf8");

test("docker-compose.yml runs the same images as the tests", () => {
  const images = [...compose.matchAll(/^ +image: (.*)$/gm)].map(([, image]) => image);
  expect(images).toEqual([...Object.values(RABBITMQ_IMAGES), JAVA_IMAGE, JAVA_IMAGE]);
});

test("docker-compose.yml fetches the same releases as the tests", () => {
  for (const { version } of [artemis(), qpid()]) expect(compose).toContain(`:${version}`);
});

test("docker-compose.yml opens no port beyond the loopback interface", () => {
  const ports = [...compose.matchAll(/"(.*):5672"/g)].map(([, address]) => address);
  expect(ports).toHaveLength(5);
  for (const address of ports) expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
});
