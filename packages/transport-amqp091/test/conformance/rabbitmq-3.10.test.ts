import { conformance } from "./conformance.js";

await conformance("rabbitmq-3.10");
