const ID = /"id":"([^"]+)"/;

/** The ledger's id of a request or a reply, from its bytes. */
export function idOf(body: Uint8Array): string | undefined {
  return ID.exec(new TextDecoder().decode(body))?.[1];
}
