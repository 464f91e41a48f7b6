/*
 * What this package uses of rhea: its own types leave events and outcomes untyped, and lack what is marked below as
 * beside its public interface. Unchanged from rhea 1.0.24 to 3.0.5.
 */

/** A broker may send either of them as null, which is as good as not at all. */
export interface RheaError {
  readonly condition?: string | null;
  readonly description?: string | null;
}

export interface RheaEmitter {
  on(event: string, listener: (context: RheaContext) => void): this;
}

export interface RheaContext {
  /** Of a message: what the transfer hook makes it, see rhea-session.ts. */
  readonly message?: unknown;
  readonly delivery?: RheaDelivery;
  /** Of the events that end a connection. */
  readonly error?: unknown;
}

export interface RheaDelivery {
  readonly id: number;
  /** Beside the interface: frees its place in the session's window; the outcome can be sent all the same. */
  settled: boolean | number;
  readonly remote_state?: { readonly error?: RheaError | null };
  accept(): void;
  release(): void;
  reject(): void;
  modified(fields: { delivery_failed: boolean }): void;
}

export interface RheaLink extends RheaEmitter {
  readonly source: { readonly address?: string | null } | null | undefined;
  readonly target: object | null | undefined;
  readonly max_message_size: number | Uint8Array | undefined;
  readonly error: RheaError | undefined;
  credit: number;
  /** Beside the interface: how many messages have been sent, or have come. */
  readonly delivery_count: number;
  sendable(): boolean;
  /** With format 0 the message is encoded already. */
  send(message: Buffer, tag: Buffer, format: 0): RheaDelivery;
  add_credit(credit: number): void;
  drain_credit(): void;
  close(): void;
}

/** Beside the interface: a transfer frame on its way to the session. */
export interface RheaTransfer {
  readonly performative: { handle: number; message_format?: number };
}

/** Beside the interface: an outcome of deliveries, from `first` to `last`. */
export interface RheaDisposition {
  /** `role`: whether it comes from who receives them. */
  readonly performative: { readonly role?: unknown; readonly first?: unknown; readonly last?: unknown };
}

export interface RheaSession extends RheaEmitter {
  readonly error: RheaError | undefined;
  begin(): void;
  close(): void;
  open_sender(options: object): RheaLink;
  open_receiver(options: object): RheaLink;
  /** Beside the interface: the numbers of the next transfers. Ours begin at 0, the peer's where it likes. */
  readonly outgoing: { readonly next_transfer_id: number };
  readonly incoming: { readonly next_transfer_id: number };
  /** Beside the interface. */
  on_transfer(frame: RheaTransfer): void;
  /** Beside the interface. */
  on_disposition(frame: RheaDisposition): void;
  /** Beside the interface: links by the peer's number for them. */
  readonly remote: { readonly handles: Readonly<Record<number, RheaLink | undefined>> };
  /** Beside the interface: has what is to be written looked for at the end of the turn. */
  readonly connection: { _register(): void };
}

interface RheaOpenFrame {
  readonly properties?: unknown;
  readonly offered_capabilities?: unknown;
  readonly channel_max?: number;
  /** Beside the interface: rhea keeps no time for a side whose field is empty. */
  idle_time_out: number | undefined;
}

export interface RheaConnection extends RheaEmitter {
  readonly local: { readonly open: RheaOpenFrame };
  readonly remote: { readonly open?: RheaOpenFrame };
  readonly error: RheaError | undefined;
  /** Beside the interface: set while the connection opens. */
  heartbeat_in: NodeJS.Timeout | undefined;
  /** Beside the interface: whether the SASL handshake is over. */
  readonly sasl_transport?: { readonly transport?: { readonly read_complete?: boolean } };
  /** Beside the interface: of the frame that has not come whole yet. */
  readonly frame_size?: number | null | undefined;
  connect(): void;
  close(): void;
  create_session(): RheaSession;
}
