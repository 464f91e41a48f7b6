/** What a user of RabbitMQ may do: patterns of names, as `rabbitmqctl set_permissions` takes them. */
export interface Permissions {
  readonly configure: readonly string[];
  readonly write: readonly string[];
  readonly read: readonly string[];
}

export type Right = keyof Permissions;

/** What queues of their own are called: by the broker on AMQP 0-9-1, by us on AMQP 1.0. */
const OWN = {
  amqp091: { inbox: "amq\\.gen-.*", subscription: "amq\\.gen-.*" },
  amqp10: { inbox: "porthos\\.inbox\\..*", subscription: "porthos\\.subscription\\..*" },
} as const;

/** SECURITY.md's recipe for who calls services. */
export function clientPermissions(protocol: keyof typeof OWN): Permissions {
  const { inbox } = OWN[protocol];
  return { configure: [inbox], write: ["amq\\.default", "amq\\.direct"], read: [inbox] };
}

/** SECURITY.md's recipe for who serves one. */
export function serverPermissions(protocol: keyof typeof OWN, service: string): Permissions {
  const { inbox, subscription } = OWN[protocol];
  const own = [...new Set([inbox, subscription])];
  return {
    configure: [service, ...own],
    write: ["amq\\.default", subscription],
    read: [service, "amq\\.direct", ...own],
  };
}

export function patternOf(names: readonly string[]): string {
  return names.length === 0 ? "^$" : `^(${names.join("|")})$`;
}

/** The same without one name of one right. */
export function without(permissions: Permissions, right: Right, name: string): Permissions {
  return { ...permissions, [right]: permissions[right].filter((one) => one !== name) };
}

/** An Erlang expression that makes all of these users, with their name as their password. */
export function usersExpression(users: ReadonlyMap<string, Permissions>): string {
  const one = ([user, { configure, write, read }]: readonly [string, Permissions]): string => {
    const patterns = [configure, write, read].map((names) => binary(patternOf(names))).join(", ");
    const add = `rabbit_auth_backend_internal:add_user(${binary(user)}, ${binary(user)}, <<"test">>)`;
    const allow = `rabbit_auth_backend_internal:set_permissions(${binary(user)}, <<"/">>, ${patterns}, <<"test">>)`;
    return `${add}, ${allow}`;
  };
  return `${[...users].map(one).join(", ")}.`;
}

function binary(text: string): string {
  return `<<"${text.replaceAll("\\", "\\\\")}">>`;
}
