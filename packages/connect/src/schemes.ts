/** Where the transport of a URL's scheme comes from. */
export interface TransportModule {
  readonly package: string;
  /** The factory that the package exports; it takes `{ url }` among its options. */
  readonly factory: string;
}

/** A Map, since schemes come from URLs. */
export const SCHEMES: ReadonlyMap<string, TransportModule> = new Map([
  ["memory:", { package: "@porthos-rpc/transport-memory", factory: "memory" }],
  ["amqp:", { package: "@porthos-rpc/transport-amqp091", factory: "amqp091" }],
  ["amqps:", { package: "@porthos-rpc/transport-amqp091", factory: "amqp091" }],
  ["amqp10:", { package: "@porthos-rpc/transport-amqp10", factory: "amqp10" }],
  ["amqp10s:", { package: "@porthos-rpc/transport-amqp10", factory: "amqp10" }],
]);
