/** `ptrack fail`: the session has failed. */
import type { Command } from "../cli/command.ts";
import { OUTPUT, SESSION } from "../cli/options.ts";
import { EXIT_CODES, FROM_INPUT, track } from "./tracking.ts";

export const command: Command = {
  name: "fail",
  summary: "End the session with failure",
  operands: {
    kind: "text",
    name: "TEXT",
    required: true,
    help: `The reason; ${FROM_INPUT}`,
  },
  options: [SESSION, OUTPUT],
  examples: [
    ['ptrack fail "API timeout"', "failure"],
    [
      'ptrack fail "--- FAIL: TestX"',
      "text with a space may begin with dashes",
    ],
  ],
  isReport: true,
  exitCodes: EXIT_CODES,
  run: (platform, invocation) =>
    track(platform, invocation, (session, text) => {
      const outputFiles = [...invocation.list("output")];
      return session.fail(text, { outputFiles });
    }),
};
