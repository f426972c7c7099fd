/** `ptrack error`: something went wrong, and the session goes on. */
import type { Command } from "../cli/command.ts";
import { SESSION } from "../cli/options.ts";
import { EXIT_CODES, FROM_INPUT, track } from "./tracking.ts";

export const command: Command = {
  name: "error",
  summary: "Record an error that does not end the session",
  operands: {
    kind: "text",
    name: "TEXT",
    required: true,
    help: `What went wrong; ${FROM_INPUT}`,
  },
  options: [SESSION],
  examples: [
    ['ptrack error "Lint failed, trying again"', "records one line"],
    ["make 2>&1 | tail -n 5 | ptrack error -", "records what make said"],
  ],
  isReport: true,
  exitCodes: EXIT_CODES,
  run: (platform, invocation) =>
    track(platform, invocation, (session, text) => session.error(text)),
};
