import type { Endpoint } from "@porthos-rpc/protocol/driver";
import type { HandshakeStage } from "./lane.js";

/** What a connection that is being made waits for; says at each stage what mostly keeps a broker from going on. */
export function progressText(
  stage: "preparing" | "connecting" | "securing" | HandshakeStage | "asking",
  { label, vhost }: Endpoint,
): string {
  switch (stage) {
    case "preparing":
      return `the function given as credentials has not answered yet`;
    case "connecting":
      return `${label} has not taken the connection yet`;
    case "securing":
      return `${label} has not finished the TLS handshake yet; does this port speak TLS?`;
    case "silent":
      return `${label} has taken the connection, and says nothing; is it a TLS port (amqp10s:), or no AMQP 1.0?`;
    case "authenticating":
      return `${label} has not answered the credentials (SASL) yet; RabbitMQ takes 4 s to refuse them`;
    case "opening":
      return vhost === undefined
        ? `${label} has taken the credentials, and not opened the connection yet`
        : `${label} has taken the credentials, and not opened the connection yet; does the virtual host "${vhost}" exist?`;
    case "asking":
      return `${label} has opened the connection, and not said yet what it can do`;
  }
}
