/** `ptrack monitor`: the commands that show sessions or wait for them. */
import type { CommandGroup } from "../cli/command.ts";

/** The command `monitor`; its commands work without the word, too. */
export const command: CommandGroup = {
  name: "monitor",
  summary: "Show sessions, wait for them, read their logs",
  details: [
    "The word monitor may be left out before a command: ptrack wait. Without " +
    "a command, monitor shows status.",
    "Without -w, status and report show every workspace; wait, watch and " +
    "follow take the only one there is. A limit given here comes before the " +
    "session's own.",
  ],
  examples: [
    ["ptrack monitor -w adrs", "the dashboard, once"],
    ["ptrack monitor wait --help", "help on one command"],
  ],
  commands: {
    status: () => import("./monitor/status.ts"),
    watch: () => import("./monitor/watch.ts"),
    wait: () => import("./monitor/wait.ts"),
    follow: () => import("./monitor/follow.ts"),
    log: () => import("./monitor/log.ts"),
    list: () => import("./monitor/list.ts"),
    report: () => import("./monitor/report.ts"),
    serve: () => import("./monitor/serve.ts"),
  },
  noun: "view",
  defaultCommand: "status",
  flags: ["--watch", "--wait", "--log"],
};
