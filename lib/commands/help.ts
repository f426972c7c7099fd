/** `ptrack help`: explains ptrack or a command, as text, Markdown or for man. */
import type { Command } from "../cli/command.ts";
import { renderEnvironment, renderHelp, topicOf } from "../cli/help.ts";

export const command: Command = {
  name: "help",
  summary: "Explain ptrack, or one command",
  operands: { kind: "command" },
  options: [
    { name: "markdown", help: "Print the help on all commands as Markdown" },
    { name: "man", help: "Print the manual page, for man" },
  ],
  details: [
    "ptrack help environment explains the environment variables and the " +
    "options of every command.",
  ],
  examples: [
    ["ptrack help monitor wait", "all about monitor wait"],
    ["ptrack help --man > ptrack.1", "the manual page"],
  ],
  exitCodes: [[0, "printed"], [2, "no such command"]],
  async run(platform, invocation, root) {
    let text: string;
    if (invocation.flag("man")) {
      text = await (await import("../cli/man.ts")).renderManual(root);
    } else if (invocation.flag("markdown")) {
      text = await (await import("../cli/reference.ts")).renderReference(root);
    } else if (invocation.operands[0] === "environment") {
      text = renderEnvironment();
    } else {
      text = await renderHelp(await topicOf(root, invocation.operands));
    }
    // The answer to no arguments at all, which is not what anybody wanted.
    const isAsked = platform.args.length > 0;
    (isAsked ? platform.stdout : platform.stderr).write(text);
    return isAsked ? 0 : 2;
  },
};
