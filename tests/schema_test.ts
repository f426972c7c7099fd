/**
 * The schemas of the format: what the program really writes is held to them,
 * and they to docs/format.md.
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { encodeLine } from "../lib/session/event.ts";
import { blankStatus } from "../lib/session/status.ts";
import { Place, testData } from "./support/program.ts";
import { RUNS } from "./support/schema_runs.ts";
import {
  type Check,
  checkBy,
  eachSchema,
  KEY,
  type Kind,
  narrow,
  readSchema,
} from "./support/schemas.ts";
import { needs } from "./support/needs.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

const KINDS: Kind[] = ["status", "log"];
const check: Record<Kind, Check> = {
  status: checkBy(readSchema("status")),
  log: checkBy(readSchema("log")),
};

const FORMAT = Deno.readTextFileSync(
  new URL("../docs/format.md", import.meta.url),
);

/** The objects of a log; a line that is none is no event. */
function eventsIn(path: string): Json[] {
  return Deno.readTextFileSync(path).split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

/** Every session's directory below a place. */
function sessionsOf(place: Place): string[] {
  const root = place.at(".parallel");
  return [...Deno.readDirSync(root)].filter(({ isDirectory }) => isDirectory)
    .flatMap(({ name }) =>
      [...Deno.readDirSync(`${root}/${name}`)].map((session) =>
        `${root}/${name}/${session.name}`
      )
    );
}

/** Holds each file in a place to checks; `seen` has what was held already. */
function hold(place: Place, by: Record<Kind, Check>, seen: Set<string>): void {
  for (const directory of sessionsOf(place)) {
    const text = Deno.readTextFileSync(`${directory}/status.json`);
    const values = eventsIn(`${directory}/log.jsonl`)
      .map((value): [Kind, Json] => ["log", value]);
    values.push(["status", JSON.parse(text)]);
    for (const [kind, value] of values) {
      const key = JSON.stringify([directory, kind, value]);
      if (seen.has(key)) continue;
      seen.add(key);
      assertEquals(by[kind](value), null, `${directory}: ${key}`);
    }
  }
}

/** What ptrack never writes, or not for these runs, but others may. */
const OTHERS = [
  "status /properties/state timed_out",
  "log /properties/state pending",
  "log /properties/state timed_out",
];

Deno.test({
  name: "what the program writes is as the schemas say, and uses all of them",
  // Elsewhere less is known of processes, and owners are not dropped.
  ...needs("linux"),
  async fn(t) {
    const described = new Set<string>();
    const met = new Set<string>();
    const by: Partial<Record<Kind, Check>> = {};
    for (const kind of KINDS) {
      const narrowed = narrow(kind);
      narrowed.described.forEach((one) => described.add(`${kind} ${one}`));
      const found = new Set<string>();
      const strictly = checkBy(narrowed.schema, found);
      by[kind] = (value) => {
        const problem = check[kind](value) ?? strictly(value);
        found.forEach((one) => met.add(`${kind} ${one}`));
        return problem;
      };
    }
    for (const { name, go } of RUNS) {
      await t.step(name, async () => {
        await using place = new Place();
        const seen = new Set<string>();
        const look = () => hold(place, by as Record<Kind, Check>, seen);
        await go({ place, look });
        assert(seen.size > 0, "nothing was written");
      });
    }
    await t.step("no key and no word of the schemas is left over", () => {
      const left = [...described].filter((one) =>
        !met.has(one) && !OTHERS.includes(one) && !one.endsWith("/cut")
      );
      assertEquals(left, []);
    });
  },
});

Deno.test("details of which only the short ones are left are as the schema says", () => {
  const eight = (one: unknown) => Array.from({ length: 8 }, () => one);
  const deep = eight(eight(eight(eight(eight("x".repeat(8))))));
  const seen = blankStatus({ workspace: "w", sessionId: "s" });
  const stamp = { timestamp: "2026-02-13T10:15:00.123456+00:00", id: "x-1" };
  for (const event of ["completed", "heartbeat"] as const) {
    const details = { message: "m", output_files: [], metadata: { deep } };
    const bytes = encodeLine({ event, details, attempt: 1 }, seen, stamp);
    const line = JSON.parse(new TextDecoder().decode(bytes));
    assertEquals(line.details, { cut: true, message: "m" });
    assertEquals(checkBy(narrow("log").schema)(line), null);
  }
});

Deno.test("sessions of the original are as the schemas say", () => {
  let count = 0;
  const root = testData("reference-adrs");
  for (const { name } of Deno.readDirSync(root)) {
    for (const event of eventsIn(`${root}/${name}/log.jsonl`)) {
      assertEquals(check.log(event), null, name);
      count++;
    }
    // One was cut off in the middle, as a power cut leaves it.
    if (name === "f-truncated") continue;
    const text = Deno.readTextFileSync(`${root}/${name}/status.json`);
    assertEquals(check.status(JSON.parse(text)), null, name);
  }
  assert(count > 15);
});

Deno.test("every example, in the schemas and in docs/format.md, is as they say", () => {
  const count = { status: 0, log: 0 };
  for (const kind of KINDS) {
    const whole = readSchema(kind);
    eachSchema(whole, (schema, place) => {
      if (schema.examples === undefined) return;
      const part = checkBy({ ...schema, $defs: whole.$defs });
      for (const example of schema.examples) {
        assertEquals(part(example), null, `${kind} ${place}`);
        count[kind]++;
      }
    });
  }
  assert(count.status > 10 && count.log > 5);
  const blocks = [...FORMAT.matchAll(/```(jsonl?)\n([^]*?)```/g)];
  const values = blocks.flatMap(([, kind, text]) =>
    kind === "jsonl" ? text!.trim().split("\n") : [text!]
  ).map((text) => JSON.parse(text));
  const found = { status: 0, log: 0, marker: 0 };
  for (const value of values) {
    const kind = "event" in value
      ? "log"
      : "error_summary" in value
      ? "marker"
      : "status";
    found[kind]++;
    if (kind === "marker") continue;
    assertEquals(check[kind](value), null);
  }
  assertEquals(found, { status: 1, log: 6, marker: 1 });
});

/** The rows of the table that follows a text: each, its first key, the rest. */
function rowsAfter(text: string): RegExpMatchArray[] {
  const [table] = /(^\|.*\n)+/m.exec(FORMAT.slice(FORMAT.indexOf(text)))!;
  return [...table.matchAll(/^\| `(\w+)`(.*)$/gm)];
}

/** The keys in the first column of the table that follows a text. */
function keysAfter(text: string): string[] {
  return rowsAfter(text).flatMap(([row]) =>
    [...row.split("|")[1]!.matchAll(/`(\w+)`/g)].map(([, key]) => key!)
  );
}

Deno.test("the schema of a status has the keys of docs/format.md, in that order", () => {
  const { properties, $defs } = readSchema("status");
  const keys = (of: Json) => Object.keys(of);
  assertEquals(keys(properties), keysAfter("## status.json"));
  assertEquals(
    keys($defs.bookkeeping.properties),
    keysAfter("The `ptrack` key:"),
  );
  for (const [, key, list] of rowsAfter("The `ptrack` key:")) {
    const [fields] = /(?<=`\{).*?(?=\}`)/.exec(list!) ?? [];
    if (fields === undefined) continue;
    const named = $defs[key === "child" ? "process" : key!];
    const all = keys(named.properties);
    const some = fields.split(", ");
    assertEquals(all.slice(0, some.length), some, key!);
  }
});

Deno.test("the details of events are those of docs/format.md, optional where they are", () => {
  const keys = (of: Json) => Object.keys(of).sort();
  const log = readSchema("log");
  const events = rowsAfter("| Event and its details");
  for (const [row, event] of events) {
    const [, list] = /\{(.*?)\}/.exec(row)!;
    const { properties, required, anyOf } = log.$defs[event!];
    const details = list!.split(", ");
    const names = details.map((one) => one.replace("?", ""));
    assertEquals(keys(properties), [...names, "cut"].sort(), event!);
    assertEquals(
      required ?? anyOf[0].required,
      details.filter((one) => !one.endsWith("?")),
      event!,
    );
  }
  assertEquals(events.length, log.allOf.length);
  assertEquals(events.length, log.properties.event.anyOf.length - 1);
  const told = keysAfter("| In an event's `agent`");
  for (const key of keys(log.$defs.agent_news.properties)) {
    assert(told.includes(key), key);
  }
});

Deno.test("both schemas say who they are, and describe each of their keys", () => {
  for (const kind of KINDS) {
    const whole = readSchema(kind);
    for (const key of ["$schema", "$id", "title", "description", "examples"]) {
      assertNotEquals(whole[key], undefined, `${kind} ${key}`);
    }
    eachSchema(whole, (schema, place) => {
      if (!KEY.test(place)) return;
      const named = schema.$ref?.replace("#/$defs/", "");
      const text = schema.description ?? whole.$defs[named]?.description;
      assert(text?.endsWith("."), `${kind} ${place}`);
    });
  }
  const [status, log] = KINDS.map((kind) => readSchema(kind).$defs);
  for (const shared of ["name", "timestamp", "process", "owner"]) {
    assertEquals(status[shared], log[shared]);
  }
});

Deno.test("a session that another program began is as the schemas say", async () => {
  await using place = new Place();
  const [line] = FORMAT.match(/^.*"id":"my-1".*$/m)!;
  place.write("default", "a", { "log.jsonl": `${line}\n` });
  await place.ok("heartbeat", "-s", "a", "--pct", "5");
  hold(place, check, new Set());
  assertEquals(place.status("default", "a").task_description, "Nightly");
});
