import type { RabbitLine } from "../rabbitmq/debian.js";

/** The images of docker-compose.yml and of the tests' own containers. */
export const RABBITMQ_IMAGES: Readonly<Record<RabbitLine, string>> = {
  "3.10": "rabbitmq:3.10",
  "4.0": "rabbitmq:4.0",
  "4.3": "rabbitmq:4.3",
};

/** Both brokers in Java are fetched into it: not each release of them has an image. */
export const JAVA_IMAGE = "maven:3-eclipse-temurin-17";
