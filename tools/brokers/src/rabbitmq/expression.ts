/** Who did it, for RabbitMQ's own events. */
const ACTOR = textOf("porthos");

/** What each command does at the node, as `rabbitmqctl` has it done. */
const COMMANDS: Readonly<Record<string, (...words: string[]) => string | undefined>> = {
  eval: (expression) => expression,
  add_user: (user = "", password = "") => internal("add_user", user, password),
  delete_user: (user = "") => internal("delete_user", user),
  add_vhost: (vhost = "") => `ok = rabbit_vhost:add(${textOf(vhost)}, ${ACTOR}).`,
  delete_vhost: (vhost = "") => `ok = rabbit_vhost:delete(${textOf(vhost)}, ${ACTOR}).`,
  set_permissions: (...words) => {
    const [option, vhost = ""] = words;
    const [where, [user = "", ...rights]] = option === "-p" ? [vhost, words.slice(2)] : ["/", words];
    return internal("set_permissions", user, where, ...rights);
  },
  set_vm_memory_high_watermark: (share, most) => {
    const megabytes = /^(\d+)MB$/.exec(most ?? "")?.[1];
    const limit = share === "absolute" ? `{absolute, ${megabytes}000000}` : Number(share).toFixed(2);
    // Who is asked for the alarms has told all connections of the last one by then.
    return `ok = vm_memory_monitor:set_vm_memory_high_watermark(${limit}), rabbit_alarm:get_alarms().`;
  },
  delete_queue: (queue = "") => {
    const name = `rabbit_misc:r(${textOf("/")}, queue, ${textOf(queue)})`;
    return `{ok, Q} = rabbit_amqqueue:lookup(${name}), {ok, _} = rabbit_amqqueue:delete(Q, false, false, ${ACTOR}), ok.`;
  },
};

/** The Erlang expression that does what a command of `rabbitmqctl` does; undefined for those that only the tool knows. */
export function expressionOf([command = "", ...words]: readonly string[]): string | undefined {
  return Object.hasOwn(COMMANDS, command) ? COMMANDS[command]?.(...words) : undefined;
}

function internal(operation: string, ...words: readonly string[]): string {
  return `ok = rabbit_auth_backend_internal:${operation}(${words.map(textOf).join(", ")}, ${ACTOR}).`;
}

/** By its bytes, so that nothing in it means anything to Erlang. */
function textOf(text: string): string {
  return `<<${[...Buffer.from(text)].join(",")}>>`;
}
