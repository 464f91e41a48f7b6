import type { BrokerControl, Family, Urls } from "../broker.js";
import { tell } from "./tell.js";

/** Closes the connections of all clients, by the broker's own means. */
export async function cut(family: Family, urls: Urls, control: Pick<BrokerControl, "ctl">): Promise<void> {
  if (family === "rabbitmq") {
    await control.ctl("eval", RABBITMQ);
    return;
  }
  if (urls.amqp10 === undefined) throw new Error(`To cut the connections of ${family} takes its amqp10 URL`);
  await tell(urls.amqp10, family === "artemis" ? ARTEMIS : QPID);
}

/**
 * Each connection is told why, as `rabbitmqctl close_all_connections` does it. The AMQP 1.0 plugin of RabbitMQ 3 is not
 * among those that can be told: what is left of it after a moment is ended. Connections made meanwhile live on.
 */
const RABBITMQ = `
  Old = [P || R <- maps:keys(ranch:info()), P <- ranch:procs(R, connections)],
  [rabbit_networking:close_connection(P, "cut by hand") || P <- rabbit_networking:connections()],
  timer:sleep(300),
  [exit(C, kill) || P <- Old, is_process_alive(P), {_, C, _, _} <- supervisor:which_children(P), is_pid(C)],
  ok.`;

/** A colon is in every client's address. */
const ARTEMIS = {
  target: { address: "activemq.management", capabilities: ["queue"] },
  properties: { _AMQ_ResourceName: "broker", _AMQ_OperationName: "closeConnectionsForAddress" },
  body: '[":"]',
};

/** Idle for no time at all is every connection. */
const QPID = {
  target: { address: "$management" },
  properties: {
    operation: "closeIdleConnections",
    type: "org.apache.qpid.VirtualHost",
    index: "object-path",
    key: "",
    idleTimeMillis: "0",
    waitForClose: "false",
    timeoutMillis: "5000",
  },
  body: {},
};
