import type { CommonOptions, Recipe } from "../recipe.js";
import { javaRecipe } from "./recipe.js";

/**
 * ActiveMQ Artemis: AMQP 1.0, messages on disk, queues made by whoever uses them first; guest may do all, and so may
 * who gives no name.
 */
export function artemis(options: CommonOptions = {}): Recipe {
  const product = "apache-activemq-artemis";
  const distribution = {
    group: "org.apache.artemis",
    artifact: "apache-artemis",
    version: "2.56.0",
    sha256: "df469079b6388c8c6276197388a0f5ee0d64d0ca42d7f0e2ca5e392e21b955de",
    levels: 1,
  };
  // Of its command-line tool, whose own default is 512 MB.
  const env = { JAVA_ARGS: "-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData" };
  return javaRecipe({ product, family: "artemis", protocols: ["amqp10"], distribution, env, tool }, options);
}

function tool(software: string, port: number): { program: string; after: string[] } {
  const login = ["--user", "guest", "--password", "guest"];
  return { program: `${software}/bin/artemis`, after: ["--url", `tcp://127.0.0.1:${port}`, ...login] };
}
