/**
 * Tells a service for which tenant a call is.
 * @packageDocumentation
 */
export { type TenantOptions, tenant, tenantKey } from "./tenant.js";
