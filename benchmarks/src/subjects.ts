import type { Subject } from "./subject.js";
import { bareAmqplib } from "./subjects/bare-amqplib.js";
import { porthos } from "./subjects/porthos.js";

/** The first is what the others are compared with. */
export const SUBJECTS: readonly [Subject, ...Subject[]] = [
  bareAmqplib("bare amqplib, same promises", true),
  bareAmqplib("bare amqplib, no promises", false),
  porthos,
];

export function subjectNamed(name: string | undefined): Subject {
  const subject = SUBJECTS.find((candidate) => candidate.name === name);
  if (subject === undefined) throw new Error(`no such subject: ${name}`);
  return subject;
}
