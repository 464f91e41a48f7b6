import {
  type Frame,
  frameOf,
  type Inbox,
  type InboxHandler,
  type Message,
  RpcError,
  type Transport,
} from "@porthos-rpc/protocol";

/** Who has the calls that frames belong to. */
export interface FrameListener {
  /** @param id of the call */
  onFrame(id: string | undefined, frame: Frame): void;
  /** No caller's frame arrives any more at the address that was told. */
  onFramesLost(reason: RpcError): void;
}

/** Where callers send their frames to, over one transport: opened for the first stream, and then kept. */
export class FrameInbox implements InboxHandler {
  readonly #transport: Transport;
  readonly #listener: FrameListener;
  #opening: Promise<Inbox> | undefined;
  #inbox: Inbox | undefined;
  #isClosed = false;
  /** Undefined while there is no such place. */
  address: string | undefined;

  constructor(transport: Transport, listener: FrameListener) {
    this.#transport = transport;
    this.#listener = listener;
  }

  /** Resolves with the address. @throws {RpcError} when it cannot be opened, or is lost at the moment. */
  async open(): Promise<string> {
    this.#opening ??= this.#transport.openInbox(this).then(
      (inbox) => this.#opened(inbox),
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    const { address } = await this.#opening;
    // The transport restores it: another one would be left open beside it.
    if (address === undefined) throw new RpcError("Unavailable", "the inbox for frames is lost");
    return address;
  }

  #opened(inbox: Inbox): Inbox {
    this.#inbox = inbox;
    if (this.#isClosed) void inbox.close();
    return inbox;
  }

  onMessage(message: Message): void {
    const frame = frameOf(message);
    if (frame !== undefined) this.#listener.onFrame(message.correlationId, frame);
  }

  onOpen(address: string): void {
    this.address = address;
  }

  onLost(_epoch: number, reason: RpcError): void {
    this.address = undefined;
    this.#listener.onFramesLost(reason);
  }

  /** Never rejects, and does not wait for one that is not open yet: while the broker is away that may take for ever. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#inbox?.close();
  }
}
