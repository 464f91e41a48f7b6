/**
 * MessagePack and CBOR, as codecs for contracts.
 * @packageDocumentation
 */
export { cbor } from "./cbor.js";
export { type MessagePackOptions, messagePack } from "./message-pack.js";
