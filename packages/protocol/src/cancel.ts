/**
 * The topic that every server of a service hears: on it a `cancel` frame says that nobody waits for the call of its id
 * any more. A caller cannot know which of the servers has his request (docs/decisions/0007).
 */
export function cancelTopic(service: string): string {
  return `porthos.cancel.${service}`;
}
