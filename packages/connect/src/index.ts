/**
 * One line to a transport: `await connect(process.env.PORTHOS_URL ?? "memory:")`.
 * @packageDocumentation
 */
export { type ConnectOptions, connect } from "./connect.js";
