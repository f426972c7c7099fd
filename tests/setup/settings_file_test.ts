/**
 * Claude Code's settings: our hooks are added and removed, and the rest of the
 * file keeps every byte.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CORE_EVENTS, entriesFor } from "../../lib/setup/hook_entries.ts";
import {
  addHooks,
  ourHooks,
  readSettings,
  removeHooks,
  restore,
} from "../../lib/setup/settings_file.ts";
import { RefusedError } from "../../lib/errors.ts";

const ENTRIES = entriesFor("2.1.330 (Claude Code)");
const ADD = { command: "ptrack hook", entries: ENTRIES, name: "s.json" };

const OTHERS = `{
    "permissions": {"allow": ["Bash(git *)"],   "deny": []},
    "big": 12345678901234567890, "e": 1.0e5,
    "hooks": {
        "PostToolUse": [
            {"matcher": "Edit|Write", "hooks": [{"type": "command", "command": "prettier --write"}]}
        ],
        "Stop": [{"hooks": [{"type": "command", "command": "say done"}, {"type": "http", "url": "http://x"}]}],
        "SomethingNew": [{"odd": true}]
    },
    "unknown": {"hooks": [1, 2, {"command": "ptrack hook"}]}
}`;

const GOOD: Record<string, string> = {
  "an empty object": "{}",
  "an empty object with a newline": "{}\n",
  "other keys": '{\n  "model": "opus",\n  "env": {"A": "b"}\n}\n',
  "others' hooks, oddly written": OTHERS,
  "tabs": '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
  "lines that end as on Windows": '{\r\n  "a": 1\r\n}\r\n',
  "no hooks for an event": '{"hooks": {"Stop": []}}',
  "empty hooks": '{ "hooks" : { } }',
  "one line": '{"a":1,"b":[1,2,3],"hooks":{"Stop":[{"hooks":[]}]}}',
  "keys of prototypes": '{"__proto__": {"a": 1}, "constructor": 1}',
  "hooks only in a prototype's key": '{"__proto__": {"hooks": {"Stop": 1}}}',
  "deep nesting": `{"a": ${"[".repeat(2_000)}${"]".repeat(2_000)}}`,
  "a key twice": '{"a": 1, "a": 2}',
};

/** The settings without our hooks. */
function withoutOurs(text: string): unknown {
  return JSON.parse(removeHooks(text, "s.json"));
}

for (const [name, text] of Object.entries(GOOD)) {
  Deno.test(`settings with ${name} keep everything else`, () => {
    const added = addHooks(text, ADD);
    const settings = readSettings(added, "s.json");
    const events = ourHooks(settings).map(({ event }) => event);
    assertEquals(
      events.toSorted(),
      ENTRIES.map(({ event }) => event).toSorted(),
    );
    // All that was there is there still, in its order.
    let at = 0;
    for (const piece of text.match(/"[^"]*"|[\d.e]+/g) ?? []) {
      at = added.indexOf(piece, at);
      assert(at >= 0, piece);
      at += piece.length;
    }
    assertEquals(addHooks(added, ADD), added);
    const before = JSON.parse(text);
    const after = withoutOurs(added) as Record<string, unknown>;
    const hooks = before.hooks ?? {};
    const isEmpty = Object.values(hooks).flat().length === 0;
    if (isEmpty) delete before.hooks;
    if (after["hooks"] === undefined) delete before.hooks;
    assertEquals(after, before);
  });
}

/** Settings with hooks of others and random white space. */
function randomSettings(next: (below: number) => number): string {
  const space = () => ["", " ", "\n", "\r\n\t", "  ", "\n    "][next(6)]!;
  const list = (open: string, close: string, make: () => string) => {
    const items = Array.from({ length: 1 + next(3) }, make);
    return open + items.map((one) => space() + one + space()).join(",") + close;
  };
  let names = 0;
  const handler = () =>
    `{"command"${space()}:${space()}"say { [ \\" , ${next(9)}"}`;
  const group = () => `{"hooks":${space()}${list("[", "]", handler)}}`;
  const events = ENTRIES.map(({ event }) => event).concat("Odd", "Strange");
  const event = () => {
    names += 1 + next(3);
    return `"${events[names % events.length]}":${list("[", "]", group)}`;
  };
  const hooks = `"hooks"${space()}:${list("{", "}", event)}`;
  const other = () => `"k${names++}":${space()}${list("[", "]", group)}`;
  const before = Array.from({ length: next(3) }, other);
  const after = Array.from({ length: next(3) }, other);
  const all = [...before, hooks, ...after];
  const inside = all.map((one) => space() + one + space()).join(",");
  return `${space()}{${inside}}${space()}`;
}

Deno.test("adding and removing hooks restores every byte, without a backup", () => {
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor(seed / 65_536) % below;
  };
  for (let tried = 0; tried < 300; tried++) {
    const text = randomSettings(next);
    const added = addHooks(text, ADD);
    const settings = readSettings(added, "s.json");
    assertEquals(ourHooks(settings).length, ENTRIES.length);
    assertEquals(addHooks(added, ADD), added);
    assertEquals(removeHooks(added, "s.json"), text);
  }
});

Deno.test("hooks are added in the style of the file", () => {
  const [entries] = [[{ event: "Stop" }]];
  const ours =
    '{"hooks":[{"type":"command","command":"ptrack hook","timeout":5}]}';
  const add = (text: string) => addHooks(text, { ...ADD, entries });
  assertEquals(add('{"a":1}\n'), `{"a":1,"hooks": {"Stop":[${ours}]}}\n`);
  assertEquals(
    add('{\n  "hooks": {\n    "Stop": [{"hooks": []}]\n  }\n}'),
    `{\n  "hooks": {\n    "Stop": [{"hooks": []},${ours}]\n  }\n}`,
  );
  assertEquals(
    add('{\r\n\t"a": {}\r\n}').split("\r\n").slice(0, 5),
    ["{", '\t"a": {},', '\t"hooks": {', '\t\t"Stop": [', "\t\t\t{"],
  );
  assertEquals(add("{}").split("\n").slice(0, 3), [
    "{",
    '  "hooks": {',
    '    "Stop": [',
  ]);
});

Deno.test("a backup restores empty hooks", () => {
  for (
    const text of [
      '{"hooks": {}}',
      '{ "hooks" : { "Stop" : [ ] } }',
      '{"hooks": {"Stop": [], "Odd": []}, "a": 1}',
      "{ }",
      "",
    ]
  ) assertEquals(restore(addHooks(text, ADD), text, "s.json"), text);
});

Deno.test("a backup does not undo later changes", () => {
  const before = '{"n": 12345678901234567890, "a": 1}';
  const added = addHooks(before, ADD);
  for (
    const changed of [
      added.replace("67890,", "67891,"),
      added.replace('"a": 1', '"b": 1'),
      added.replace('"a": 1', '"a": 1, "a": 1'),
    ]
  ) {
    const rest = restore(changed, before, "s.json");
    assertEquals(rest, removeHooks(changed, "s.json"));
    assert(rest !== before);
  }
  assertEquals(restore(added, "broken", "s.json"), before);
  assertEquals(restore(added, null, "s.json"), before);
});

Deno.test("missing or empty settings get only our hooks", () => {
  for (const text of ["", "\n", "  "]) {
    const added = addHooks(text, ADD);
    assertEquals(Object.keys(JSON.parse(added)), ["hooks"]);
    assertEquals(JSON.parse(removeHooks(added, "s.json")), {});
    assertEquals(restore(added, null, "s.json"), null);
  }
});

Deno.test("unusable settings are refused, with the position of the error", () => {
  const bad: [string, RegExp][] = [
    ["{", /line 1, column 2/],
    ['{\n  "a": 1,\n}', /line 3, column 1/],
    ['{\n  // a comment\n  "a": 1\n}', /line 2, column 3/],
    ['{"a": 1} {"b": 2}', /line 1, column 10/],
    ["[]", /not a JSON object/],
    ["7", /not a JSON object/],
    ["null", /not a JSON object/],
    ['{"hooks": []}', /"hooks" is not an object/],
    ['{"hooks": "x"}', /"hooks" is not an object/],
    ['{"hooks": {"Stop": {}}}', /hooks for "Stop" are not a list/],
    ['{"hooks": {}, "hooks": {}}', /has "hooks" twice/],
    ['{"hooks": {"Stop": [], "Stop": []}}', /has "Stop" twice/],
    ['{"hooks": {"Stop": [{"hooks": [], "hooks": []}]}}', /"hooks" twice/],
    ['{"hooks": null}', /"hooks" is not an object/],
    ["\ufeff{}", /line 1, column 1/],
  ];
  for (const [text, why] of bad) {
    const error = assertThrows(() => addHooks(text, ADD), RefusedError);
    assert(why.test(error.message), `${text}: ${error.message}`);
    assert(error.message.includes('"s.json"'));
    assert(!error.message.includes("\n"));
  }
});

Deno.test("a new command replaces ours, and no other", () => {
  const added = addHooks(OTHERS, ADD);
  const command = "ptrack hook --no-prompts";
  const changed = addHooks(added, { ...ADD, command });
  const settings = readSettings(changed, "s.json");
  assert(ourHooks(settings).every((hook) => hook.command === command));
  assert(changed.includes('"say done"'));
  assert(changed.includes('{"hooks": [1, 2, {"command": "ptrack hook"}]}'));
});

Deno.test("a newer version adds its events to those that exist", () => {
  const core = addHooks("{}", { ...ADD, entries: entriesFor(null) });
  const all = addHooks(core, ADD);
  const events = Object.keys(JSON.parse(all).hooks);
  assertEquals(events.slice(0, CORE_EVENTS.length), CORE_EVENTS);
  assertEquals(events.length, ENTRIES.length);
});

Deno.test("removing keeps other handlers of the same group", () => {
  const text = '{"hooks":{"Stop":[{"hooks":[{"command":"a"},' +
    '{"type":"command","command":"ptrack hook"},{"command":"b"}]}]}}';
  assertEquals(withoutOurs(text), {
    hooks: { Stop: [{ hooks: [{ command: "a" }, { command: "b" }] }] },
  });
});
