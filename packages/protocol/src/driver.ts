/**
 * What a transport's author builds on, so that every transport heals and closes alike: `Lifecycle` and `Supervisor` for
 * all; `SupervisedConnection`, `Keeper` and `Receiving` for drivers whose consumers live on a connection that comes and
 * goes; the options that transports over a network share.
 * @packageDocumentation
 */
export { closedError } from "./driver/closed-error.js";
export { CredentialRenewal, type CredentialRenewalOptions } from "./driver/credential-renewal.js";
export {
  type CredentialFunction,
  CredentialSource,
  type Credentials,
  type IssuedCredentials,
  readCredentials,
} from "./driver/credentials.js";
export { Endpoint, readEndpoints, type UrlForm } from "./driver/endpoint.js";
export { InboxEpochs, type InboxEpochsOptions, readInboxExpiry } from "./driver/inbox-epochs.js";
export { Keeper, type KeeperOptions, type Lane } from "./driver/keeper.js";
export { type LoginMeans, openLines, readSasl, type SaslMode } from "./driver/login.js";
export { orAbort } from "./driver/or-abort.js";
export { QueueDelivery, type Settlement } from "./driver/queue-delivery.js";
export { type Kept, type Receivers, Receiving, type ReceivingOptions } from "./driver/receiving.js";
export { guarded, type Report } from "./driver/report.js";
export {
  type Attempt,
  type DriverLink,
  type DriverLinkEvents,
  SupervisedConnection,
  type SupervisedConnectionOptions,
  type Tenant,
} from "./driver/supervised-connection.js";
export { readTls, type TlsConnectOptions, type TlsOptions, TlsSettings } from "./driver/tls.js";
export { tlsFailure } from "./driver/tls-failure.js";
export { within } from "./driver/within.js";
export { Lifecycle, type LifecycleOptions } from "./lifecycle.js";
export { Supervisor, type SupervisorOptions } from "./supervisor.js";
