import {
  type ContextKey,
  checkKnown,
  checkText,
  contextKey,
  type Extension,
  Refusal,
} from "@porthos-rpc/protocol";

/** Texts are what headers of every broker can carry. */
const HEADER = "tenant";
const MAX_LENGTH = 64;

export interface TenantOptions {
  /** On a client: for which tenant its calls are. 1 to 64 characters. @default what each call says by its own header */
  readonly tenant?: string;
}

/** Where handlers without a contract find it: `tenantKey.of(request)`. */
export const tenantKey: ContextKey<string> = contextKey("tenant");

/**
 * On a client it sends the tenant with each call. On a server it puts it into the context of handlers (`context.tenant`), and answers 400 to
 * a request that names none.
 * @throws {TypeError} for a wrong option, by name.
 */
export function tenant(options: TenantOptions = {}): Extension<{ readonly tenant: string }> {
  checkKnown("tenant", options, ["tenant"]);
  const own =
    options.tenant === undefined ? undefined : checkText("tenant", "tenant", options.tenant, MAX_LENGTH);
  return {
    name: "tenant",
    apiVersion: 1,
    adds: { tenant: tenantKey },
    client: {
      wrap: {
        phase: "auth",
        run: (call, next) => {
          if (own === undefined) return next(call);
          // A call is not changed but derived: whoever is further out keeps his own.
          const headers = new Map(call.request.headers).set(HEADER, own);
          return next({ ...call, request: { ...call.request, headers } });
        },
      },
      describe: () => ({ tenant: own }),
    },
    server: {
      wrap: {
        phase: "auth",
        run: (call, next) => {
          // A stranger's data: of any type, and of any length.
          const given = call.request.headers?.get(HEADER);
          if (typeof given !== "string" || given === "" || given.length > MAX_LENGTH) {
            throw new Refusal(400, `say the tenant in the header ${HEADER}: 1 to ${MAX_LENGTH} characters`);
          }
          tenantKey.set(call, given);
          return next(call);
        },
      },
    },
  };
}
