/** `ptrack complete`: the session has succeeded. */
import type { Command } from "../cli/command.ts";
import { MESSAGE, OUTPUT, SESSION } from "../cli/options.ts";
import { EXIT_CODES, track } from "./tracking.ts";

export const command: Command = {
  name: "complete",
  summary: "End the session with success",
  options: [
    SESSION,
    OUTPUT,
    MESSAGE,
    {
      name: "verify",
      help: "Refuse unless every output exists, is not empty and is not " +
        "older than the attempt",
    },
  ],
  details: ["After a refusal the session is still running."],
  examples: [
    ['ptrack complete -m "ADR-001 complete"', "success"],
    ["ptrack complete --output docs/adr-001.md --verify", "if it is there"],
  ],
  isReport: true,
  exitCodes: EXIT_CODES,
  run: (platform, invocation) =>
    track(platform, invocation, (session) => {
      const message = invocation.text("message");
      return session.complete({
        outputFiles: [...invocation.list("output")],
        ...(message === null ? {} : { message }),
        verify: invocation.flag("verify"),
      });
    }),
};
