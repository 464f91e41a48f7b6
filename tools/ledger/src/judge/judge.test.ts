import { describe, expect, it, test } from "vitest";
import { type Books, book, exit, lawfulRun, plus, without } from "../../test/lawful-run.js";
import type { Fact } from "../record.js";
import { readBook } from "./book.js";
import { judge } from "./judge.js";

function verdictOf(change: (books: Books) => void = () => {}) {
  const books = lawfulRun();
  change(books);
  return judge(Object.values(books));
}

/** The laws that a changed run breaks, and what is said of it. */
function broken(change: (books: Books) => void): string[] {
  return verdictOf(change).violations.map(({ law, text }) => `${law} ${text}`);
}

const LOOK = { kind: "call", method: "look", seed: 5, items: 0, idempotent: true } as const;
const answered = (id: string, value?: unknown): Fact => ({
  event: "settled",
  id,
  end: "answered",
  heldMs: 0,
  value,
});
const failed = (id: string, code: string, executed: string): Fact => ({
  event: "settled",
  id,
  end: "failed",
  heldMs: 0,
  code,
  executed,
  text: code,
});

test("a lawful run breaks no law", () => {
  expect(verdictOf()).toMatchObject({
    violations: [],
    figures: { calls: 3, availability: { all: 0.5 }, duplicates: { runs: 0 }, notes: { confirmed: 1 } },
  });
});

describe("L1: each call ends once, by its deadline", () => {
  it("finds a call that never ends", () => {
    const laws = broken((run) => {
      run.client = without(run.client, "settled", "c");
    });
    expect(laws).toContain("L1 look c never ended");
  });

  it("finds one that ends twice, for its caller or in the client's events", () => {
    const twice = broken((run) => {
      run.client = plus(run.client, 160, failed("x", "Timeout", "maybe"));
    });
    expect(twice).toEqual(["L1 look x ended 2 times"]);
    const told = broken((run) => {
      run.client = plus(plus(run.client, 150, { event: "told", id: "c" }), 151, { event: "told", id: "c" });
    });
    expect(told).toEqual(["L1 look c was told to have ended 2 times"]);
  });

  it("finds one that ends later than 250 ms after its deadline", () => {
    const late = (at: number) => (run: Books) => {
      run.client = plus(without(run.client, "settled", "x"), at, failed("x", "Timeout", "no"));
    };
    expect(broken(late(850))).toEqual([]);
    expect(broken(late(851))).toEqual(["L1 look x ended 251 ms after its deadline; 250 ms are allowed"]);
  });

  it("counts its time from when it was under way, and not from when that was announced", () => {
    const held = (at: number) => (run: Books) => {
      const late = { ...failed("x", "Timeout", "no"), heldMs: 100 } as Fact;
      run.client = plus(without(run.client, "settled", "x"), at, late);
    };
    expect(broken(held(950))).toEqual([]);
    expect(broken(held(951))).toHaveLength(1);
  });

  it("does not hold against it that its process did not run, but no more than that", () => {
    const stalled = (at: number) => (run: Books) => {
      const moved = plus(without(run.client, "settled", "x"), at, failed("x", "Timeout", "no"));
      run.client = plus(moved, 900, { event: "stall", fromAt: 500, ms: 400 });
    };
    expect(broken(stalled(1_250))).toEqual([]);
    expect(broken(stalled(1_251))).toHaveLength(1);
  });
});

describe("L2: its own answer, or an error that faults explain", () => {
  it("finds the answer of another call", () => {
    const laws = broken((run) => {
      run.client = plus(without(run.client, "settled", "c"), 150, answered("c", 1));
    });
    expect(laws).toEqual([expect.stringMatching(/^L2 look c was answered 1; its answer is \d+$/)]);
  });

  it.each(["Config", "Remote", "BadReply", "BadRequest", "Closed", "TooLarge"])(
    "finds the error %s, which no fault explains",
    (code) => {
      const laws = broken((run) => {
        run.client = plus(without(run.client, "settled", "x"), 500, failed("x", code, "no"));
      });
      expect(laws).toEqual([`L2 look x failed with ${code}`]);
    },
  );

  it.each([
    [503, 0],
    [429, 0],
    [500, 1],
    [404, 1],
  ])("knows which answers of a server are the faults' doing: %d", (status, violations) => {
    const laws = broken((run) => {
      const answer = { ...failed("x", "Remote", "no"), status } as Fact;
      run.client = plus(without(run.client, "settled", "x"), 500, answer);
    });
    expect(laws).toHaveLength(violations);
  });

  it("finds a call that was cancelled, and nobody had", () => {
    const cancelled = (run: Books) => {
      run.client = plus(without(run.client, "settled", "x"), 500, failed("x", "Cancelled", "maybe"));
    };
    expect(broken(cancelled)).toEqual(["L2 look x failed with Cancelled"]);
    const given = broken((run) => {
      cancelled(run);
      run.client = plus(run.client, 490, { event: "gaveUp", id: "x" });
    });
    expect(given).toEqual([]);
  });

  it("finds a request that nobody made", () => {
    const laws = broken((run) => {
      run.server = plus(run.server, 500, { event: "started", id: "ghost" });
    });
    expect(laws).toEqual(["L2 ghost ran, and nobody had called it"]);
  });
});

describe("L3: not executed is not executed", () => {
  it.each([
    ["before", 400, -200],
    ["after", 800, 200],
  ])("finds a call that had begun %s it ended as not executed", (_when, at, ms) => {
    const laws = broken((run) => {
      run.other = plus(run.other, at, { event: "started", id: "x" });
    });
    expect(laws).toEqual([
      `L3 look x ended "executed: no" (Timeout) and was begun 1 times, first ${ms} ms after that`,
    ]);
  });
});

describe("L4: what was confirmed is not lost", () => {
  const lose = (run: Books): void => {
    run.server = without(run.server, "finished", "n");
  };

  it("finds a confirmed one-way call that no server has finished", () => {
    expect(broken(lose)).toEqual([expect.stringMatching(/^L4 note n was confirmed at .*no server/)]);
  });

  it("counts it as lost with its queue when that was deleted after it was made", () => {
    const { violations, figures } = verdictOf((run) => {
      lose(run);
      run.conductor = plus(run.conductor, 250, { event: "queueDeleted", held: 1 });
    });
    expect(violations).toEqual([]);
    expect(figures.notes).toMatchObject({ lost: 0, lostWithQueue: 1 });
  });

  it.each([
    ["was deleted before it was made", 150, 1],
    ["held nothing", 250, 0],
  ])("does not let a queue take the blame that %s", (_what, at, held) => {
    const laws = broken((run) => {
      lose(run);
      run.conductor = plus(run.conductor, at, { event: "queueDeleted", held });
    });
    expect(laws).toHaveLength(1);
  });

  it.each([
    ["as long as the queue is missing", 211, true, 0],
    ["but not after it is back", 195, true, 1],
    ["and only where it does", 211, false, 1],
  ])("lets a broker drop what it confirms, %s", (_when, backAt, dropsUnroutable, violations) => {
    const laws = broken((run) => {
      lose(run);
      const [first, begun, ...rest] = run.conductor.entries;
      const entries = [first, { ...begun, dropsUnroutable }, ...rest] as Books["conductor"]["entries"];
      run.conductor = plus({ ...run.conductor, entries }, 180, { event: "queueDeleted", held: 0 });
      run.client = plus(run.client, 190, { event: "issued", id: "later", ...LOOK, deadlineAt: 1_190 });
      run.client = plus(run.client, 205, failed("later", "Timeout", "maybe"));
      run.other = plus(run.other, backAt, { event: "started", id: "later" });
    });
    expect(laws.filter((text) => text.startsWith("L4"))).toHaveLength(violations);
  });

  it("does not ask for one that was not confirmed", () => {
    const laws = broken((run) => {
      lose(run);
      run.client = plus(without(run.client, "settled", "n"), 220, failed("n", "Unavailable", "maybe"));
    });
    expect(laws).toEqual([]);
  });
});

describe("L5: duplicates", () => {
  const twice = (run: Books): void => {
    run.other = plus(run.other, 140, { event: "started", id: "c" });
    run.other = plus(run.other, 145, { event: "finished", id: "c" });
  };

  it("are counted", () => {
    const { violations, figures } = verdictOf(twice);
    expect(violations).toEqual([]);
    expect(figures.duplicates).toEqual({ runs: 1, rate: 0.5, rateOfOthers: 0, mostEffects: 2 });
  });

  it("are forbidden where calls are remembered across processes", () => {
    const laws = broken((run) => {
      twice(run);
      const [first, begun, ...rest] = run.conductor.entries;
      run.conductor = {
        ...run.conductor,
        entries: [first, { ...begun, remembersCalls: true }, ...rest] as Books["conductor"]["entries"],
      };
    });
    expect(laws).toEqual(["L5 c had 2 effects"]);
  });
});

describe("L6: what is finished is answered, or it is written down why not", () => {
  const silence = (run: Books): void => {
    run.client = plus(without(run.client, "settled", "c"), 1_100, failed("c", "Timeout", "maybe"));
  };

  it("finds an answer that never came", () => {
    expect(broken(silence)).toEqual([
      "L6 look c was finished by server 0 970 ms before its deadline, and ended Timeout",
    ]);
  });

  it.each<[string, (run: Books) => void]>([
    [
      "the server says that the answer was lost",
      (run) => {
        run.server = plus(run.server, 140, { event: "replyLost", id: "c", outcome: "unroutable" });
      },
    ],
    [
      "the client says that it came too late",
      (run) => {
        run.client = plus(run.client, 1_200, { event: "stray", kind: "late", id: "c" });
      },
    ],
    [
      "the caller had given up",
      (run) => {
        run.client = plus(run.client, 140, { event: "gaveUp", id: "c" });
      },
    ],
    [
      "the client's connection was lost",
      (run) => {
        run.client = plus(run.client, 2_000, { event: "connection", state: "down" });
      },
    ],
    [
      "the call had ended before",
      (run) => {
        const early = failed("c", "Unavailable", "maybe");
        run.client = plus(without(run.client, "settled", "c"), 125, early);
      },
    ],
    [
      "the broker was killed",
      (run) => {
        const fault = { event: "fault", number: 1, kind: "broker-kill", target: "broker" } as const;
        run.conductor = plus(run.conductor, 135, { ...fault, phase: "begins" });
      },
    ],
    [
      "the server was killed",
      (run) => {
        run.conductor = plus(
          without(run.conductor, "exited"),
          135,
          exit("server", 0, { code: null, signal: "SIGKILL" }),
        );
        run.conductor = plus(run.conductor, 135, exit("client", 0));
        run.conductor = plus(run.conductor, 135, exit("server", 1));
      },
    ],
  ])("is content when %s", (_what, change) => {
    const laws = broken((run) => {
      silence(run);
      change(run);
    });
    expect(laws.filter((law) => law.startsWith("L6"))).toEqual([]);
  });

  it("does not take another client's trouble for a reason", () => {
    const laws = broken((run) => {
      silence(run);
      const fault = { event: "fault", number: 1, kind: "line-reset", target: "client 7" } as const;
      run.conductor = plus(run.conductor, 135, { ...fault, phase: "begins" });
    });
    expect(laws).toHaveLength(1);
  });
});

describe("L7: nothing is left", () => {
  it.each<[string, Fact, RegExp]>([
    ["messages", { event: "left", messages: 3, queues: [] }, /3 messages are left/],
    ["queues", { event: "left", messages: 0, queues: ["forgotten"] }, /queues are left: forgotten/],
  ])("finds %s", (_what, left, expected) => {
    const laws = broken((run) => {
      run.conductor = plus(without(run.conductor, "left"), 1_100, left);
    });
    expect(laws).toEqual([expect.stringMatching(expected)]);
  });

  it("finds a run that did not come to its end", () => {
    const laws = broken((run) => {
      run.conductor = without(run.conductor, "left");
    });
    expect(laws).toEqual(["L7 the run did not come to its end"]);
  });

  it("finds calls that are pending when all is closed", () => {
    const laws = broken((run) => {
      run.client = plus(without(run.client, "closed"), 900, { event: "closed", pending: 2, resources: [] });
    });
    expect(laws).toEqual(["L7 client 0 (life 0) had 2 calls pending when it had closed"]);
  });

  it("finds a process that something keeps alive, with what that is", () => {
    const laws = broken((run) => {
      const closed: Fact = { event: "closed", pending: 0, resources: ["Timeout"] };
      run.other = book("server", 1, [[-5_000, closed]]);
    });
    expect(laws).toEqual(["L7 server 1 (life 0) lived on for 6010 ms: Timeout"]);
  });

  it("finds a process that had to be killed at the end", () => {
    const laws = broken((run) => {
      const signal = { event: "signalled", role: "client", index: 0, life: 0, signal: "SIGKILL" } as const;
      run.conductor = plus(run.conductor, 905, signal);
    });
    expect(laws).toEqual(["L7 client 0 (life 0) did not end when it was asked to"]);
  });
});

describe("L8: processes stay well", () => {
  it("finds an error that nobody caught", () => {
    const laws = broken((run) => {
      run.client = plus(run.client, 500, { event: "uncaught", text: "TypeError: oops" });
    });
    expect(laws).toEqual(["L8 client 0 (life 0): TypeError: oops"]);
  });

  it("finds a process that ended by itself, or with another code than 0", () => {
    const laws = broken((run) => {
      run.conductor = plus(without(run.conductor, "exited"), 500, exit("client", 0, { code: 1 }));
      run.conductor = plus(run.conductor, 900, exit("server", 0));
    });
    expect(laws).toContain("L8 client 0 (life 0) ended with 1: ");
    expect(laws).toContain("L8 server 1 (life 0) has no end");
  });

  it("finds a torn line of a process that nobody had killed", () => {
    const laws = broken((run) => {
      run.other = { ...run.other, isTorn: true };
    });
    expect(laws).toEqual(["L8 server 1 (life 0) left a torn line, and nobody had killed it"]);
  });

  it.each([
    [1.1, 0],
    [1.2, 1],
  ])("judges a process's memory at the end against that when it was warm: %d times", (growth, violations) => {
    const laws = broken((run) => {
      for (let at = 0; at <= 310_000; at += 2_000) {
        const rssBytes = at < 250_000 ? 100 : 100 * growth;
        run.client = plus(run.client, at, { event: "memory", rssBytes, heapBytes: 1 });
      }
    });
    expect(laws).toHaveLength(violations);
  });

  it.each([170_000, 290_000])(
    "says nothing of a process that takes its size, or lived only %d ms",
    (endAt) => {
      const laws = broken((run) => {
        for (let at = 0; at <= endAt; at += 2_000) {
          run.client = plus(run.client, at, { event: "memory", rssBytes: 100 + at / 1_000, heapBytes: 1 });
        }
      });
      expect(laws).toEqual([]);
    },
  );
});

describe("a drain", () => {
  const asDrain = (run: Books): void => {
    const entries = run.conductor.entries.map((entry) =>
      entry.event === "run" ? { ...entry, isDrain: true } : entry,
    );
    run.conductor = { ...run.conductor, entries };
  };
  const issue = (timeoutMs: number): Fact => {
    const about = { kind: "call", method: "look", seed: 1, items: 0, idempotent: true } as const;
    return { event: "issued", id: "y", ...about, deadlineAt: 100 + timeoutMs };
  };

  it("finds an idempotent call that failed and had time", () => {
    const fail = (timeoutMs: number) => (run: Books) => {
      asDrain(run);
      run.client = plus(plus(run.client, 100, issue(timeoutMs)), 200, failed("y", "Unavailable", "maybe"));
    };
    expect(broken(fail(30_000))).toEqual(["drain look y failed: Unavailable"]);
    expect(broken(fail(1_000))).toEqual([]);
  });

  it("finds a server that needs longer than its grace", () => {
    const laws = broken((run) => {
      asDrain(run);
      const asked = { event: "signalled", role: "server", index: 0, life: 0, signal: "SIGTERM" } as const;
      run.conductor = plus(without(run.conductor, "signalled"), -9_000, asked);
    });
    expect(laws).toEqual(["drain server 0 (life 0) took 10010 ms to end; its grace is 10000 ms"]);
  });
});

describe("a book", () => {
  const process = '{"at":0,"event":"process","role":"client","index":0,"life":0,"pid":1}\n';

  it("may end in the middle of a line, which then does not count", () => {
    const { entries, isTorn } = readBook("one", `${process}{"at":1,"event":"sta`);
    expect(isTorn).toBe(true);
    expect(entries).toHaveLength(1);
  });

  it("is none when a line before that is torn", () => {
    expect(() => readBook("one", `${process}{"at":1,\n{"at":2}\n`)).toThrow('one:2 is no record: {"at":1,');
  });

  it("is none when nobody says whose it is", () => {
    expect(() => readBook("one", '{"at":1,"event":"loadEnds"}\n')).toThrow("one does not begin");
  });
});
