import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";

/** The node that an expression is for, and the environment that leads to it: its cookie is in HOME. */
export type ErlangNode = { readonly name: string; readonly env: Readonly<Record<string, string>> };

/**
 * Has a node evaluate an expression, and resolves with its value as Erlang prints it. It takes ten milliseconds, where
 * `rabbitmqctl` starts an Erlang of its own and takes a second of a core.
 * @throws {Error} with what the node says of the expression
 */
export async function erlCall(program: string, node: ErlangNode, expression: string): Promise<string> {
  // A node takes no two of one name, and those that it makes by itself are the same within a second.
  const caller = `porthos-${randomUUID()}`;
  const child = spawn(program, ["-n", node.name, "-h", caller, "-e"], { env: node.env, stdio: "pipe" });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  // It ends without reading when the node is not there; that is told by what it says.
  child.stdin.on("error", () => {});
  child.stdin.end(`${expression.trim()}\n`);
  const [out, errors] = await said;
  const value = /^\{ok, (.*)\}\s*$/s.exec(out)?.[1];
  if (value === undefined) throw new Error(`the node ${node.name} said: ${out}${errors}`);
  return value;
}
