/**
 * What a transport's author builds on, so that every transport heals and closes alike.
 * @packageDocumentation
 */
export { Lifecycle, type LifecycleOptions } from "./lifecycle.js";
export { Supervisor, type SupervisorOptions } from "./supervisor.js";
