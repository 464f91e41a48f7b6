import { Broker, type BrokerControl, type BrokerInfo } from "./broker.js";
import { Container, type ContainerSpec } from "./docker/container.js";
import { foreignControl } from "./foreign-control.js";
import { PrivateBroker } from "./private/private-broker.js";

/** By what a broker is held; plain data. */
export type Hand =
  | { readonly kind: "private"; readonly folder: string }
  | { readonly kind: "container"; readonly spec: ContainerSpec }
  | { readonly kind: "foreign" };

/** All that another process needs to use, stop and start the same broker. */
export type BrokerDescriptor = { readonly info: BrokerInfo; readonly hand: Hand };

export function reopen({ info, hand }: BrokerDescriptor): Broker {
  return new Broker(info, controlOf(info, hand));
}

function controlOf(info: BrokerInfo, hand: Hand): BrokerControl {
  switch (hand.kind) {
    case "private":
      return new PrivateBroker(hand.folder);
    case "container":
      return new Container(hand.spec);
    case "foreign":
      return foreignControl(info);
  }
}
