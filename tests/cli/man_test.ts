/** The manual page: complete, and accepted by roff programs. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ENVIRONMENT } from "../../lib/cli/help.ts";
import { everyCommand, spelling } from "../../lib/cli/help.ts";
import { isGroup } from "../../lib/cli/command_line.ts";
import { renderManual } from "../../lib/cli/man.ts";
import { PTRACK } from "../../lib/commands/index.ts";
import { RELEASED, VERSION } from "../../lib/cli/version.ts";
import { needs } from "../support/needs.ts";

const MANUAL = await renderManual(PTRACK);
const COMMANDS = await everyCommand(PTRACK);

/** What a program says of the page, on both of its outputs. */
async function ask(command: string, options: string[]): Promise<string> {
  const page = await Deno.makeTempFile({ suffix: ".1" });
  try {
    await Deno.writeTextFile(page, MANUAL);
    const { stdout, stderr } = await new Deno.Command(command, {
      args: [...options, page],
    }).output();
    const decoder = new TextDecoder();
    return decoder.decode(stdout) + decoder.decode(stderr);
  } finally {
    await Deno.remove(page);
  }
}

Deno.test({
  name: "mandoc accepts the manual page",
  ...needs("mandoc"),
  async fn() {
    assertEquals(await ask("mandoc", ["-T", "lint", "-W", "warning"]), "");
  },
});

Deno.test({
  name: "groff accepts the manual page",
  ...needs("groff"),
  async fn() {
    assertEquals(await ask("groff", ["-man", "-ww", "-z"]), "");
  },
});

Deno.test({
  name: "groff has a sign for each that the page has where there is only ASCII",
  ...needs("groff"),
  async fn() {
    assertEquals(await ask("groff", ["-man", "-ww", "-z", "-T", "ascii"]), "");
  },
});

Deno.test({
  name:
    "the page as it is read has every command, option and example unchanged",
  ...needs("mandoc"),
  async fn() {
    const page = await ask("mandoc", ["-T", "utf8", "-O", "width=1000"]);
    // deno-lint-ignore no-control-regex
    const read = page.replace(/.\x08/g, "");
    for (const command of COMMANDS) {
      const { name, examples = [] } = command;
      assertStringIncludes(read, `ptrack ${name} `);
      for (const option of isGroup(command) ? [] : command.options) {
        assertStringIncludes(read, spelling(option).replaceAll("…", "..."));
      }
      for (const [line] of examples) assertStringIncludes(read, line);
    }
    for (const [name] of ENVIRONMENT) assertStringIncludes(read, name);
  },
});

Deno.test("the page has all its sections, in the usual order", () => {
  assertEquals(
    [...MANUAL.matchAll(/^\.SH (.*)$/gm)].map(([, n]) => n),
    [
      "NAME",
      "SYNOPSIS",
      "DESCRIPTION",
      "COMMANDS",
      "OPTIONS OF EVERY COMMAND",
      "ENVIRONMENT",
      "EXIT STATUS",
      "FILES",
      "EXAMPLES",
    ],
  );
});

Deno.test("the page uses only macros that man has", () => {
  const macros = MANUAL.split("\n").filter((line) => /^[.']/.test(line));
  assertEquals(
    macros.filter((line) => !/^\.(TH|SH|SS|TP|PP|br|B|I)( |$)/.test(line)),
    [],
  );
  assert(macros.length > 100);
});

Deno.test("its header has the version and its day, as the changelog has them", () => {
  assertStringIncludes(
    MANUAL,
    `.TH "PTRACK" "1" "${RELEASED}" "ptrack ${VERSION}"`,
  );
  const changelog = Deno.readTextFileSync(
    new URL("../../CHANGELOG.md", import.meta.url),
  );
  assertStringIncludes(changelog, `## ${VERSION} - ${RELEASED}\n`);
});
