import { compression } from "@porthos-rpc/extension-compression";
import { type Case, wrongly } from "./case.js";

export const compressionCases: Case[] = [
  [
    "an unknown option of the compression",
    () => compression(wrongly({ level: 9 })),
    /compression: unknown option "level"; the options are minBytes, maxBodyBytes, encodings, requests/,
  ],
  [
    "a bound of the compression that is none",
    () => compression({ maxBodyBytes: Number.POSITIVE_INFINITY }),
    /compression: option "maxBodyBytes" must be a whole number from 1 to 16777216, got Infinity/,
  ],
  [
    "an encoding that Node does not have",
    () => compression({ encodings: [wrongly("br")] }),
    /compression: option "encodings" must be a list of .*gzip, which this Node has, got an array/,
  ],
  [
    "no encodings",
    () => compression({ encodings: [] }),
    /compression: option "encodings" must be a list of .*gzip/,
  ],
  [
    "requests that are compressed by a word that nobody knows",
    () => compression({ requests: wrongly("auto") }),
    /compression: option "requests" must be one of never, known, always, got a text/,
  ],
];
