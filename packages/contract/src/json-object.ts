/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: unknown;
}
