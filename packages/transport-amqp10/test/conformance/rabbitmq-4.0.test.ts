import { conformance } from "./conformance.js";

await conformance("rabbitmq-4.0");
