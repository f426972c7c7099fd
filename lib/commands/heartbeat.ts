/** `ptrack heartbeat`: the session is alive, and how far it has come. */
import type { Command } from "../cli/command.ts";
import {
  MESSAGE,
  META,
  parseMetadata,
  parsePercent,
  SESSION,
} from "../cli/options.ts";
import { EXIT_CODES, track } from "./tracking.ts";

export const command: Command = {
  name: "heartbeat",
  summary: "Report that the session is alive, and its progress",
  options: [
    SESSION,
    {
      name: "pct",
      value: "N|N%|N/M",
      aliases: ["progress"],
      help: "Progress, as a percentage or as N of M",
    },
    MESSAGE,
    META,
  ],
  details: ["A heartbeat ends the waiting state."],
  examples: [
    ['ptrack heartbeat --pct 60 -m "Drafting options"', "60 %"],
    ["ptrack heartbeat --pct 150/600", "25 %"],
  ],
  isReport: true,
  exitCodes: EXIT_CODES,
  run: (platform, invocation) =>
    track(platform, invocation, (session) => {
      const pct = invocation.text("pct");
      const metadata = invocation.list("meta");
      return session.heartbeat({
        progressPct: pct === null ? null : parsePercent(pct, "--pct"),
        message: invocation.text("message") ?? "",
        ...(metadata.length === 0 ? {} : { metadata: parseMetadata(metadata) }),
      });
    }),
};
