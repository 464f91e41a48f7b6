import { Broker, type BrokerControl, type BrokerInfo } from "./broker.js";
import { RabbitContainer } from "./rabbitmq/container.js";
import { RabbitNode } from "./rabbitmq/node.js";

/** By what a broker is held; plain data. */
export type Hand =
  | { readonly kind: "rabbitmq-node"; readonly folder: string }
  | { readonly kind: "rabbitmq-container"; readonly id: string; readonly url: string }
  | { readonly kind: "foreign" };

/** All that another process needs to use, stop and start the same broker. */
export type BrokerDescriptor = { readonly info: BrokerInfo; readonly hand: Hand };

export function reopen({ info, hand }: BrokerDescriptor): Broker {
  return new Broker(info, controlOf(hand));
}

function controlOf(hand: Hand): BrokerControl {
  switch (hand.kind) {
    case "rabbitmq-node":
      return new RabbitNode(hand.folder);
    case "rabbitmq-container":
      return new RabbitContainer(hand.id, hand.url);
    case "foreign":
      return FOREIGN;
  }
}

async function refuse(): Promise<never> {
  throw new Error("This broker was given by URL: it is not ours to start or stop");
}

const FOREIGN: BrokerControl = {
  start: refuse,
  stop: refuse,
  kill: refuse,
  ctl: refuse,
  remove: async () => {},
};
