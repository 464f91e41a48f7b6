/**
 * One line to a transport: `await connect(process.env.PORTHOS_URL ?? "memory:")`.
 * @packageDocumentation
 */
export { connect } from "./connect.js";
