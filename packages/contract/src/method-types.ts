import type { AnyMethod } from "./contract.js";
import type { Schema, SchemaInput, SchemaOutput } from "./schema.js";

/*
 * What flows through a method, by who has it. A schema has an input and an output, which differ where it has defaults
 * or transforms: whoever sends has the input, whoever receives has the output.
 */

/** What the caller passes: undefined for a method that takes nothing. */
export type InputOf<M extends AnyMethod> = SchemaInput<M["input"]>;

/** The same, where both ends are spoken of. */
export type SentOf<M extends AnyMethod> = InputOf<M>;

/** What the handler gets of it: undefined for a method that takes nothing. */
export type ReceivedOf<M extends AnyMethod> = SchemaOutput<M["input"]>;

/** The schema of the one answer at the end. */
type AnswerOf<M extends AnyMethod> = M["kind"] extends "stream" ? M["result"] : M["output"];

/** What the caller gets at the end: void for a method that answers nothing. Items of a stream: `ItemOf`. */
export type OutputOf<M extends AnyMethod> = SchemaOutput<AnswerOf<M>, void>;

/** What a handler returns for it: void for a method that answers nothing. Items of a stream: `ItemReturnOf`. */
export type ReturnOf<M extends AnyMethod> = SchemaInput<AnswerOf<M>, void>;

/** An item that the caller uploads. */
export type UploadSentOf<M extends AnyMethod> = SchemaInput<M["upload"], never>;

/** What the handler gets of it. */
export type UploadReceivedOf<M extends AnyMethod> = SchemaOutput<M["upload"], never>;

/** The schema of an item from the server. */
type ItemSchemaOf<M extends AnyMethod> = M["kind"] extends "stream" ? M["output"] : undefined;

/** An item that the caller gets. */
export type ItemOf<M extends AnyMethod> = SchemaOutput<ItemSchemaOf<M>, never>;

/** What a handler yields for it. */
export type ItemReturnOf<M extends AnyMethod> = SchemaInput<ItemSchemaOf<M>, never>;

/** The arguments that a caller's input is: none, one that may be left out where the schema takes undefined, or one. */
export type InputArgs<M extends AnyMethod> = M["input"] extends Schema
  ? undefined extends InputOf<M>
    ? [input?: InputOf<M>]
    : [input: InputOf<M>]
  : [];
