import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Clock, RpcError } from "@porthos-rpc/protocol";

/** What a path answers: 200 if it is well, else 503, with the detail as JSON. */
export type Probe = () => Promise<{ readonly isWell: boolean; readonly detail: object }>;

/** An orchestrator asks in one short request. */
const MAX_HEADER_BYTES = 4_096;
const MAX_REQUEST_MS = 5_000;
const MAX_CONNECTIONS = 100;

/** Probes that are being answered when it closes have so long. */
const GRACE_MS = 1_000;

/** Answers HTTP probes: GET and HEAD of known paths, and nothing else. */
export class ProbeServer {
  readonly #probes: ReadonlyMap<string, Probe>;
  readonly #clock: Clock;
  readonly #server: Server;

  constructor(probes: ReadonlyMap<string, Probe>, clock: Clock) {
    this.#probes = probes;
    this.#clock = clock;
    this.#server = createServer(
      { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: MAX_REQUEST_MS, headersTimeout: MAX_REQUEST_MS },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    // It answers for a program, and is no reason for one to go on.
    this.#server.unref();
  }

  /** That it is bound to; undefined while it is not open. */
  get port(): number | undefined {
    return (this.#server.address() as AddressInfo | null)?.port;
  }

  /** @throws {RpcError} Config when the port cannot be had. */
  async open(port: number, host: string | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause: NodeJS.ErrnoException) => {
        const where = `port ${port}${host === undefined ? "" : ` of ${host}`}`;
        reject(new RpcError("Config", `health: ${where} cannot be bound: ${cause.code}`, { cause }));
      });
      this.#server.listen({ port, host }, resolve);
    });
    this.#server.removeAllListeners("error");
    this.#server.on("error", () => {});
  }

  /** Ends idle connections at once, others after a second. Never rejects. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const stopTimer = this.#clock.after(GRACE_MS, () => this.#server.closeAllConnections());
    await closed;
    stopTimer();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const probe = this.#probes.get(request.url?.split("?", 1)[0] ?? "");
    if (probe === undefined) {
      respond(response, 404);
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      respond(response, 405);
      return;
    }
    const { isWell, detail } = await probe();
    respond(response, isWell ? 200 : 503, detail);
  }
}

/** Node leaves the body out of an answer to HEAD. A request with a body of its own is not read: its connection ends. */
function respond(response: ServerResponse, status: number, detail?: object): void {
  const body = Buffer.from(detail === undefined ? "" : JSON.stringify(detail));
  if (detail !== undefined) response.setHeader("Content-Type", "application/json");
  const { headers } = response.req;
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
  if (hasBody) response.setHeader("Connection", "close");
  response.setHeader("Cache-Control", "no-store");
  response.writeHead(status, { "Content-Length": body.length });
  response.end(body);
}
