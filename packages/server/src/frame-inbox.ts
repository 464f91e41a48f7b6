import {
  type Frame,
  frameOf,
  type Inbox,
  type InboxHandler,
  type Message,
  type RpcError,
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
  #inbox: Promise<Inbox> | undefined;
  /** Undefined while there is no such place. */
  address: string | undefined;

  constructor(transport: Transport, listener: FrameListener) {
    this.#transport = transport;
    this.#listener = listener;
  }

  /** Resolves with the address. @throws {RpcError} when it cannot be opened. */
  async open(): Promise<string> {
    this.#inbox ??= this.#transport.openInbox(this);
    try {
      const inbox = await this.#inbox;
      if (inbox.address === undefined) throw new Error("it was lost again");
      return inbox.address;
    } catch (error) {
      if (this.address === undefined) this.#inbox = undefined;
      throw error;
    }
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

  /** Never rejects. */
  async close(): Promise<void> {
    const inbox = await this.#inbox?.catch(() => undefined);
    await inbox?.close();
  }
}
