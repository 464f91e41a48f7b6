import { load } from "./load.js";
import { subjectNamed } from "./subjects.js";

/*
 * One end of a subject, in a process of its own: `peer.ts ROLE SUBJECT URL SERVICE`. Talks to the runner by IPC; each
 * answer says how much processor time the process has used so far.
 */

export type ToPeer = { readonly run: { readonly calls: number; readonly pending: number } } | "cpu" | "end";
export type FromPeer = { readonly cpuSeconds: number; readonly seconds: number };

const [role, name, url = "", service = ""] = process.argv.slice(2);
const subject = subjectNamed(name);

function answer(seconds: number): void {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuSeconds: (user + system) / 1e6, seconds } satisfies FromPeer);
}

if (role === "server") {
  await subject.serve(url, service);
  process.on("message", (message: ToPeer) => (message === "end" ? process.exit() : answer(0)));
  answer(0);
} else {
  const caller = await subject.call(url, service);
  process.on("message", (message: ToPeer) => {
    if (typeof message === "object") void load(caller, message.run.calls, message.run.pending).then(answer);
    else if (message === "cpu") answer(0);
    else void caller.close().then(() => process.exit());
  });
  answer(0);
}
