import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Impairment, Pace } from "./impairment.js";

/** So much waits in a pipe before it takes no more, as in a router. */
const ROOM_BYTES = 262_144;
/** Until what was written a moment ago has been read. */
const UNTIL_READ_MS = 5;
const ENDLESS = Number.POSITIVE_INFINITY;

/** What holds for all pipes of one way of a line; it may change at any time. */
export interface Conditions {
  /** Nothing passes, and nobody is told. */
  frozen: boolean;
  impairment: Impairment;
}

/** What is on its way: bytes, or the end. */
type Parcel = { dueMs: number } & ({ bytes: Buffer } | { end: "goodbye" | "reset" });

/**
 * One way of one connection: takes what one side's socket says, its end included, and says it to the other's when it
 * is due. What the other side says is another pipe's matter, so each way has troubles of its own.
 */
export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #conditions: Conditions;
  readonly #pace = new Pace();
  #parcels: Parcel[] = [];
  #waitingBytes = 0;
  /** Since the conditions changed. */
  #passedBytes = 0;
  #hasEnded = false;
  #stopWaiting: (() => void) | undefined;

  constructor(from: Socket, to: Socket, conditions: Conditions) {
    this.#from = from;
    this.#to = to;
    this.#conditions = conditions;
    from.on("data", (bytes: Buffer) => this.#take(bytes));
    from.on("end", () => this.#takeEnd("goodbye"));
    from.on("error", () => {});
    from.on("close", () => this.#takeEnd("reset"));
    to.on("drain", () => this.#pump());
    this.#regulate();
  }

  /** To be called when the conditions have changed. What was held back by the former ones is due. */
  changed(): void {
    this.#passedBytes = 0;
    this.#pace.reset();
    for (const parcel of this.#parcels) parcel.dueMs = 0;
    this.#regulate();
    this.#pump();
  }

  /** Says nothing more. */
  stop(): void {
    this.#hasEnded = true;
    this.#parcels = [];
    this.#stopWaiting?.();
  }

  #take(bytes: Buffer): void {
    if (this.#hasEnded) return;
    const { impairment } = this.#conditions;
    const most = Math.min(Pace.pieceBytes(impairment), bytes.length);
    for (let at = 0; at < bytes.length; at += most) {
      const piece = bytes.subarray(at, at + most);
      const dueMs = this.#pace.bytesDueMs(performance.now(), piece.length, impairment);
      this.#parcels.push({ dueMs, bytes: piece });
    }
    this.#waitingBytes += bytes.length;
    this.#regulate();
    this.#pump();
  }

  #takeEnd(end: "goodbye" | "reset"): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const dueMs = this.#pace.endDueMs(performance.now(), this.#conditions.impairment);
    this.#parcels.push({ dueMs, end });
    this.#pump();
  }

  /** A way that is frozen, or full, takes nothing: so its sender is held back. */
  #regulate(): void {
    if (this.#conditions.frozen || this.#waitingBytes > ROOM_BYTES) this.#from.pause();
    else this.#from.resume();
  }

  #pump(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    while (!this.#conditions.frozen && !this.#to.writableNeedDrain) {
      const [parcel] = this.#parcels;
      if (parcel === undefined) return;
      const waitMs = parcel.dueMs - performance.now();
      if (waitMs > 0) {
        this.#pumpIn(waitMs);
        return;
      }
      this.#parcels.shift();
      if ("end" in parcel) this.#end(parcel.end);
      else if (this.#deliver(parcel.bytes)) return;
    }
  }

  /** @returns whether what follows has to wait for another turn, or for nothing any more */
  #deliver(bytes: Buffer): boolean {
    const { sliceBytes, endAfterBytes, resetAfterBytes } = this.#conditions.impairment;
    const limit = Math.min(endAfterBytes ?? ENDLESS, resetAfterBytes ?? ENDLESS);
    const count = Math.min(bytes.length, sliceBytes ?? ENDLESS, limit - this.#passedBytes);
    if (this.#to.writable) this.#to.write(bytes.subarray(0, count));
    this.#passedBytes += count;
    this.#waitingBytes -= count;
    if (this.#passedBytes >= limit) {
      this.#breakOff(limit === endAfterBytes ? "goodbye" : "reset");
      return true;
    }
    if (count < bytes.length) this.#parcels.unshift({ dueMs: 0, bytes: bytes.subarray(count) });
    this.#regulate();
    if (sliceBytes === undefined) return false;
    const turn = setImmediate(() => this.#pump());
    this.#stopWaiting = () => clearImmediate(turn);
    return true;
  }

  #breakOff(how: "goodbye" | "reset"): void {
    this.stop();
    for (const socket of [this.#to, this.#from]) {
      if (how === "goodbye") socket.destroySoon();
      else resetAfterLastByte(socket);
    }
  }

  #end(how: "goodbye" | "reset"): void {
    if (how === "goodbye") this.#to.end();
    else resetAfterLastByte(this.#to);
  }

  #pumpIn(ms: number): void {
    if (!Number.isFinite(ms)) return;
    const timer = setTimeout(() => this.#pump(), ms);
    this.#stopWaiting = () => clearTimeout(timer);
  }
}

/** Over TLS there is no reset. */
export function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/** Bytes and a reset that a system gets together look like a goodbye to Node. */
function resetAfterLastByte(socket: Socket): void {
  setTimeout(() => reset(socket), UNTIL_READ_MS);
}
