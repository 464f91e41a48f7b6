import { type Carrier, carriersOf, type Protocols } from "./carriers.js";

/** A fault that Porthos must survive. Numbers are names: those that are missing are tested elsewhere. */
export interface Fault {
  readonly number: number;
  /** What happens, in a few words. */
  readonly title: string;
  readonly protocols: Protocols;
  /** Carriers of those protocols on which it cannot happen, or cannot be made to happen, and why. */
  readonly leftOut: Readonly<Partial<Record<Carrier, string>>>;
  /** Tests outside of this folder that are part of it. */
  readonly seeAlso: readonly TestElsewhere[];
  /** Why it has no tests yet, or not on all of its carriers; undefined = it has. */
  readonly missing: string | undefined;
}

/** A test that is somewhere else; it must be there under this name. */
export interface TestElsewhere {
  /** From the root of the repository. */
  readonly file: string;
  /** The test's title, or its fixed part. */
  readonly title: string;
  /** Where it runs. */
  readonly on: readonly Carrier[];
}

type Row = readonly [number: number, title: string, protocols: Protocols, more?: Partial<Fault>];

const POINTS_IN_TIME: Fault["leftOut"] = {
  "amqp091 on qpid":
    "there times to live are points in time, so that the clocks of clients and broker must agree",
};

const TWO_PROTOCOLS: Partial<Fault> = {
  leftOut: {
    "amqp10 on artemis": "the broker of the tests speaks AMQP 1.0 alone",
    "amqp10 on qpid": "Qpid brings no answer from 0-9-1 to the inbox of a caller by 1.0",
  },
  seeAlso: [
    {
      file: "tests/cross-protocol.test.ts",
      title: "every status arrives as it was",
      on: ["amqp10 on rabbitmq-4.0"],
    },
    {
      file: "tests/cross-protocol.test.ts",
      title: "where the broker drops what crosses, the error says so, and what to do",
      on: ["amqp091 on rabbitmq-3.10", "amqp10 on rabbitmq-3.10"],
    },
  ],
};

/** In memory a server has no process of its own. */
const SHUTDOWN: TestElsewhere = {
  file: "tests/closing.test.ts",
  title: "shutdown under load loses nothing: every call is answered, and runs once",
  on: ["memory"],
};

const PERMISSIONS: Partial<Fault> = {
  leftOut: {
    "amqp10 on rabbitmq-3.10": "what the plugin says of a refusal names no permission",
    "amqp10 on artemis": "the broker of the tests has one role for all",
    "amqp10 on qpid": "the broker of the tests has no access control lists",
    "amqp091 on qpid": "the broker of the tests has no access control lists",
  },
  seeAlso: ["needs over $protocol", "an error names both"].map((title) => ({
    file: "tests/security/permissions.test.ts",
    title,
    on: ["amqp091 on rabbitmq-4.3", "amqp10 on rabbitmq-4.3"],
  })),
};

const NO_TOKENS = "the broker of the tests takes no tokens";
const TOKEN_TESTS = "tests/security/tokens.test.ts";
const TAKES_TOKENS: readonly Carrier[] = [
  "amqp091 on rabbitmq-3.10",
  "amqp091 on rabbitmq-4.3",
  "amqp10 on rabbitmq-4.0",
  "amqp10 on rabbitmq-4.3",
];
const TOKENS: Partial<Fault> = {
  leftOut: {
    "amqp10 on rabbitmq-3.10": "the plugin takes no tokens",
    "amqp10 on artemis": NO_TOKENS,
    "amqp10 on qpid": NO_TOKENS,
    "amqp091 on qpid": NO_TOKENS,
  },
  seeAlso: [
    ...[
      "that cannot be renewed end the connection, which comes back with the next token",
      "that the broker refuses when they are renewed end the connection too",
      "that are over at the start are a Config error that says what to do, and are not sent",
    ].map((title) => ({ file: TOKEN_TESTS, title, on: TAKES_TOKENS })),
    {
      file: TOKEN_TESTS,
      title: "that end are renewed in time, and calls go on without a new connection",
      on: TAKES_TOKENS.filter((carrier) => carrier !== "amqp10 on rabbitmq-4.0"),
    },
    {
      file: TOKEN_TESTS,
      title: "that end have the connection made anew in time, and no call is lost over it",
      on: ["amqp10 on rabbitmq-4.0"],
    },
  ],
};

/** A broker of our own making ends it there. */
const SESSION: Partial<Fault> = {
  leftOut: {
    "amqp10 on artemis": "over what can be made to happen it detaches the link, no more",
    "amqp10 on qpid": "over what can be made to happen it detaches the link, no more",
  },
  seeAlso: [
    {
      file: "tests/hostile/frames.test.ts",
      title: "what no honest %s broker sends costs a connection at most, and what comes after it arrives",
      on: [],
    },
  ],
};

/** The messages of tests/hostile/catalogue/messages-amqp10.jsonl. */
const STRANGE_MESSAGES: Partial<Fault> = {
  seeAlso: [
    {
      file: "tests/hostile/messages.test.ts",
      title: "each cost a reject at most",
      on: carriersOf("1"),
    },
    {
      file: "packages/transport-amqp10/test/faults.test.ts",
      title: "a message nested 2,000 deep costs one reject, and the connection lives",
      on: [],
    },
  ],
};

const NO_LIMIT = "it waits for an acknowledgement as long as its consumer is there";
const IMPATIENCE: Partial<Fault> = {
  leftOut: {
    "amqp091 on qpid": NO_LIMIT,
    "amqp10 on rabbitmq-4.0": "before 4.3 its limit is for channels of AMQP 0-9-1, and this is none",
    "amqp10 on artemis": NO_LIMIT,
    "amqp10 on qpid": NO_LIMIT,
  },
};

const ONE_LINE = "it is tested in one version";
const NO_ALARM = "it has no alarm that can be raised";
const LETS_IN = "as it is set up here it lets everybody in, to do all; and it has no virtual hosts";

const ROWS: readonly Row[] = [
  [1, "the broker is killed while calls are under way", "91"],
  [2, "the broker restarts in good order", "91"],
  [3, "the broker is down when a program starts", "91"],
  [4, "the line is dead both ways, and nobody says so", "91"],
  [5, "the line is dead one way only", "91"],
  [6, "the line breaks inside a frame, or brings single bytes", "91"],
  [7, "the line is slow and narrow", "91"],
  [8, "the broker takes the connection and never speaks", "91"],
  [9, "a host's name is unknown, or the first of several hosts is dead", "91"],
  [
    10,
    "the broker closes one channel, or detaches one link",
    "91",
    {
      leftOut: {
        "amqp10 on rabbitmq-3.10": "its plugin ends the whole connection over the error of a link",
      },
    },
  ],
  [11, "the broker ends a session", "1", SESSION],
  [12, "the queue for replies vanishes", "91"],
  [13, "the queue of a service is deleted under its consumer", "91"],
  [14, "the queue is there, with other arguments", "9"],
  [15, "a request is delivered again", "M91"],
  [16, "a request expires in the queue", "M91"],
  [17, "a request expires after it was taken from the queue", "M91"],
  [18, "the deadline passes while the handler runs", "M91"],
  [19, "a reply comes after the timeout", "M91"],
  [20, "a reply has an unknown id, a strange one, or none", "M91"],
  [21, "a request has no id, or no reply address", "M91"],
  [23, "10,000 calls at once, answered in another order", "M91"],
  [24, "a body is not what its content type says", "M91"],
  [26, "names that every object has come from outside", "M91"],
  [27, "a body is compressed, or of a type that nobody knows", "M91"],
  [28, "headers of the protocol have the wrong type, or are missing", "91"],
  [29, "a header table is nested so deep that the driver's decoder falls over it", "9"],
  [
    30,
    "a body is nested so deep, or cut so short, that the driver's decoder falls over it",
    "1",
    STRANGE_MESSAGES,
  ],
  [31, "a method that nobody has registered is called", "M91"],
  [32, "a request names another service's queue as its reply address", "M91"],
  [34, "a request names a forged direct reply-to as its reply address", "9"],
  [36, "a message is larger than a limit on its way", "M91"],
  [37, "headers cannot be carried", "91"],
  [38, "a handler never returns", "M91"],
  [39, "a handler throws, whatever it throws", "M91"],
  [41, "a handler blocks its process for three heartbeats", "91"],
  [42, "a server is told to end (SIGTERM) while it works", "M91", { seeAlso: [SHUTDOWN] }],
  [43, "a server is killed while its handlers run", "91"],
  [
    45,
    "the broker raises an alarm and takes no messages",
    "91",
    {
      leftOut: {
        "amqp091 on qpid": NO_ALARM,
        "amqp10 on rabbitmq-3.10": "an alarm does not keep its plugin from taking messages",
        "amqp10 on artemis": NO_ALARM,
        "amqp10 on qpid": NO_ALARM,
      },
    },
  ],
  [
    46,
    "the queue is full",
    "91",
    {
      leftOut: {
        "amqp10 on artemis": "as it is set up here it keeps on disk what memory has no room for",
        "amqp10 on rabbitmq-3.10": "the plugin says nothing of it: the call ends at its deadline",
        "amqp091 on qpid": "Qpid says that nobody has the queue: NoService, not executed",
      },
    },
  ],
  [47, "a consumer is slow and its queue is long", "91"],
  [48, "10,000 calls wait at once; calls come on and on", "M91"],
  [49, "TLS is wrong", "91"],
  [
    50,
    "the credentials, or the virtual host, are wrong or are taken away",
    "91",
    {
      leftOut: {
        "amqp10 on artemis": LETS_IN,
      },
    },
  ],
  [51, "a permission is missing", "91", PERMISSIONS],
  [52, "a token expires while the connection is up", "91", TOKENS],
  [53, "the clocks of client and server differ by five minutes", "M91", { leftOut: POINTS_IN_TIME }],
  [54, "the system's clock jumps", "M91", { leftOut: POINTS_IN_TIME }],
  [55, "a request kills each process that runs it", "91"],
  [56, "an extension throws, rejects or hangs", "M91"],
  [57, "whom an extension reports to is missing, full or slow", "91"],
  [59, "a handler takes longer than the broker waits for an acknowledgement", "91", IMPATIENCE],
  [60, "ends are started twice, closed twice, or closed at a bad moment", "M91"],
  [61, "a call is given up before, while and after it is sent, and after its reply", "M91"],
  [
    63,
    "the broker is a newer one",
    "91",
    {
      leftOut: { "amqp091 on qpid": ONE_LINE, "amqp10 on artemis": ONE_LINE, "amqp10 on qpid": ONE_LINE },
    },
  ],
  [64, "a thousand clients reconnect at once", "91"],
  [65, "peers of one queue speak different protocols", "91", TWO_PROTOCOLS],
];

export const FAULTS: readonly Fault[] = ROWS.map(([number, title, protocols, more = {}]) => ({
  leftOut: {},
  seeAlso: [],
  missing: undefined,
  ...more,
  number,
  title,
  protocols,
}));

/** @throws {Error} for a number that no fault has */
export function faultOf(number: number): Fault {
  const fault = FAULTS.find((one) => one.number === number);
  if (fault === undefined) throw new Error(`fault ${number} is not in the registry`);
  return fault;
}

/** The carriers on which a fault must have a test. */
export function carriersOfFault({ protocols, leftOut }: Fault): readonly Carrier[] {
  return carriersOf(protocols).filter((carrier) => leftOut[carrier] === undefined);
}
