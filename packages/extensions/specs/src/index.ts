/**
 * Ships what a service tells about its methods to the queue `porthos.specs`.
 * @packageDocumentation
 */
export { type SpecsOptions, specs } from "./specs.js";
