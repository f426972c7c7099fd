/** `ptrack waiting`: the session is alive but blocked. */
import type { Command } from "../cli/command.ts";
import { SESSION } from "../cli/options.ts";
import { EXIT_CODES, FROM_INPUT, track } from "./tracking.ts";

export const command: Command = {
  name: "waiting",
  summary: "Report that the session is blocked, waiting for something",
  operands: {
    kind: "text",
    name: "TEXT",
    required: false,
    help: "What it waits for: an answer, a permission, a rate limit; " +
      FROM_INPUT,
  },
  options: [SESSION],
  details: ["The heartbeat timeout is paused until the next heartbeat."],
  examples: [['ptrack waiting "Which database?"', "waits for an answer"]],
  isReport: true,
  exitCodes: EXIT_CODES,
  run: (platform, invocation) =>
    track(platform, invocation, (session, text) => session.waiting(text)),
};
