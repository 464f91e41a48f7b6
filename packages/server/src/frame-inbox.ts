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
  /** @param message the frame as it came, with the id of its call */
  onFrame(frame: Frame, message: Message): void;
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
  /** Those who want an address while it is lost. */
  #waiting: PromiseWithEnds[] = [];
  /** Undefined while there is no such place. */
  address: string | undefined;

  constructor(transport: Transport, listener: FrameListener) {
    this.#transport = transport;
    this.#listener = listener;
  }

  /**
   * Resolves with the address. Where it is lost for now, when there is one again: after a reconnect requests may come before
   * the inbox is back. @throws {RpcError} when it cannot be opened, or is closed.
   */
  async open(): Promise<string> {
    this.#opening ??= this.#transport.openInbox(this);
    const opening = this.#opening;
    try {
      this.#inbox = await opening;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
    if (this.#isClosed) await this.#inbox.close();
    if (this.#isClosed) throw closed();
    return this.address ?? new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  onMessage(message: Message): void {
    const frame = frameOf(message);
    if (frame !== undefined) this.#listener.onFrame(frame, message);
  }

  onOpen(address: string): void {
    if (this.#isClosed) return;
    this.address = address;
    for (const { resolve } of this.#waiting.splice(0)) resolve(address);
  }

  onLost(_epoch: number, reason: RpcError): void {
    this.address = undefined;
    this.#listener.onFramesLost(reason);
  }

  /** Never rejects, and does not wait for one that is being opened: that is closed when it opens. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.address = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
    await this.#inbox?.close();
  }
}

interface PromiseWithEnds {
  resolve(address: string): void;
  reject(reason: RpcError): void;
}

function closed(): RpcError {
  return new RpcError("Closed", "the inbox for frames is closed");
}
