import type { CommonOptions, Recipe } from "../recipe.js";
import { javaRecipe } from "./recipe.js";

export type QpidOptions = CommonOptions & {
  /** Whether a name that nobody has declared becomes a queue when it is used. @default false, as it comes */
  readonly autoCreate?: boolean | undefined;
};

/** Qpid Broker-J: both protocols on one port, configuration and messages in a Derby database, PLAIN without TLS. */
export function qpid(options: QpidOptions = {}): Recipe {
  const product = "Apache Qpid Broker-J Core";
  const distribution = {
    group: "org.apache.qpid",
    artifact: "apache-qpid-broker-j",
    version: "10.1.0",
    sha256: "bfb97420312e4b1050f337c9633cf84ae7fbfc0fccfbe6e65a38383e33878a40",
    levels: 2,
  };
  const env = { AUTO_CREATE: options.autoCreate === true ? "yes" : "no" };
  return javaRecipe(
    { product, family: "qpid", protocols: ["amqp091", "amqp10"], distribution, env },
    options,
  );
}
