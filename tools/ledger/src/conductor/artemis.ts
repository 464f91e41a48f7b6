import rhea, { type EventContext, type Message } from "rhea";

const ANSWER_WITHIN_MS = 5_000;

/** Asks Artemis' management, over AMQP 1.0, by messages to its address. @returns what it answered, decoded */
export function askArtemis(
  url: string,
  properties: Readonly<Record<string, string>>,
  body: string,
): Promise<unknown> {
  const { hostname: host, port, username, password } = new URL(url);
  const connection = rhea
    .create_container()
    .connect({ host, port: Number(port), username, password, reconnect: false });
  return new Promise<unknown>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("Artemis does not answer")), ANSWER_WITHIN_MS);
    for (const event of ["disconnected", "connection_error", "error", "receiver_error", "sender_error"]) {
      connection.on(event, () => reject(new Error(`Artemis: ${event}`)));
    }
    const receiver = connection.open_receiver({ source: { address: "", dynamic: true } });
    receiver.once("message", ({ message }: EventContext) => {
      clearTimeout(timer);
      resolve(decoded(message));
    });
    receiver.once("receiver_open", () => {
      const target = { address: "activemq.management", capabilities: ["queue"] };
      const sender = connection.open_sender({ target });
      sender.once("sendable", () => {
        const reply_to = receiver.source.address;
        sender.send({ reply_to, application_properties: properties, body });
      });
    });
  }).finally(() => {
    connection.removeAllListeners("disconnected");
    connection.close();
  });
}

function decoded(message: Message | undefined): unknown {
  const text = String(message?.body ?? "null");
  if (message?.application_properties?.["_AMQ_OperationSucceeded"] === false) throw new Error(text);
  return (JSON.parse(text) as unknown[] | null)?.[0];
}
