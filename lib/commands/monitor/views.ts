/** The commands of `ptrack monitor`: their help, and what runs them. */
import type { Command, Option } from "../../cli/command.ts";
import { HEARTBEAT_TIMEOUT, SESSION_TIMEOUT } from "../../cli/options.ts";
import { REPORT_FORMATS } from "../../report/formats.ts";
import { readRequest } from "./request.ts";

const SHARED_BY_VIEWS: readonly Option[] = [
  {
    name: "json",
    help: "JSON: with status the summary, otherwise one object a line",
  },
  {
    name: "session",
    short: "s",
    value: "ID",
    repeatable: true,
    help: "Only this session; log also takes it from PTRACK_SESSION",
  },
  { name: "batch", value: "NAME", help: "Only attempts of this batch" },
  {
    name: "since",
    value: "TIME|DURATION",
    help: "Only attempts begun then or later: a time, or so long ago",
  },
  HEARTBEAT_TIMEOUT,
  SESSION_TIMEOUT,
  {
    name: "stall-after",
    value: "DURATION",
    help: "Heartbeats without progress for so long are stale (30 m)",
  },
  {
    name: "poll-interval",
    value: "DURATION",
    help: "How often to look where file events do not arrive (30 s)",
  },
];

const FOREVER: Option = {
  name: "forever",
  help: "Go on when all sessions are done",
};

const ON_CHANGE: Option = {
  name: "on-change",
  value: "COMMAND",
  help: "Run this at each change, told of it by PTRACK_EVENT, " +
    "PTRACK_SESSION, …",
};

/** The command `monitor status`. */
export const status: Command = {
  name: "monitor status",
  group: "Watching",
  summary: "Show the dashboard once",
  operands: { kind: "none" },
  options: [
    ...SHARED_BY_VIEWS,
    {
      name: "waiting-count",
      help: "Print only how many sessions wait for somebody; exit 0",
    },
  ],
  details: [
    "Without -w, every workspace is shown. With --json the exit code is 0, or 3 without a workspace.",
  ],
  examples: [
    ["ptrack monitor -w adrs", "the dashboard, once"],
    ["ptrack monitor -w adrs --json", "the summary, for programs"],
    ["ptrack monitor --waiting-count", "a number, for a prompt or status bar"],
  ],
  exitCodes: [
    [0, "all is well"],
    [1, "a session failed, timed out, crashed or is unreadable"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session or workspace"],
    [4, "could not read or write"],
  ],
  async run(platform, invocation) {
    const { runStatus } = await import("./status.ts");
    return await runStatus(readRequest(platform, invocation), invocation);
  },
};

/** The command `monitor watch`. */
export const watch: Command = {
  name: "monitor watch",
  group: "Watching",
  summary: "Show the dashboard, live, until all sessions are done",
  operands: { kind: "none" },
  options: [
    ...SHARED_BY_VIEWS,
    FOREVER,
    ON_CHANGE,
  ],
  details: [
    "A command of --on-change gets PTRACK_EVENT, PTRACK_PREVIOUS, " +
    "PTRACK_SESSION, PTRACK_WORKSPACE, PTRACK_PROGRESS, PTRACK_MESSAGE and " +
    "PTRACK_DIR in its environment.",
  ],
  examples: [
    ["ptrack watch -w adrs", "the dashboard, live"],
  ],
  exitCodes: [
    [0, "all is well"],
    [1, "a session failed, timed out, crashed or is unreadable"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session or workspace"],
    [4, "could not read or write"],
  ],
  async run(platform, invocation) {
    const { runWatch } = await import("./watch.ts");
    return await runWatch(readRequest(platform, invocation), invocation);
  },
};

/** The command `monitor wait`. */
export const wait: Command = {
  name: "monitor wait",
  group: "Watching",
  summary: "Wait until all sessions are done",
  operands: { kind: "none" },
  options: [
    ...SHARED_BY_VIEWS,
    {
      name: "timeout",
      value: "MINUTES|DURATION",
      help: "How long to wait; a bare number is minutes (60)",
    },
    {
      name: "expect",
      value: "N|ID,ID…",
      help: "So many sessions, or these, must be there and done",
    },
    { name: "any", help: "Until the first one has ended" },
    {
      name: "except",
      value: "ID,ID…",
      help: "Do not wait for these",
    },
    {
      name: "first-failure",
      help: "Leave as soon as one has failed",
    },
    {
      name: "until-waiting",
      help: "Leave as soon as one waits for input (exit 5)",
    },
    {
      name: "quiet",
      help: "Print nothing; the exit code says it",
    },
    {
      name: "report",
      value: "FORMAT=FILE",
      repeatable: true,
      help: "Write a report at the end, whatever the outcome",
    },
    ON_CHANGE,
  ],
  details: [
    "wait leaves out the session that it runs in, unless it is named. If " +
    "nothing is there and nothing is expected, it exits with 3 at once.",
    "A report that cannot be written is a warning, and exit code 4 if all " +
    "completed.",
    "A command of --on-change gets PTRACK_EVENT, PTRACK_PREVIOUS, " +
    "PTRACK_SESSION, PTRACK_WORKSPACE, PTRACK_PROGRESS, PTRACK_MESSAGE and " +
    "PTRACK_DIR in its environment.",
  ],
  examples: [
    ["ptrack wait -w adrs --expect 4 --timeout 120", "for CI: up to two hours"],
    [
      "ptrack wait -w adrs --report junit=report.xml",
      "a test report, whatever the outcome",
    ],
  ],
  exitCodes: [
    [0, "all have completed"],
    [1, "a session failed, timed out, crashed, vanished or is unreadable"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session or workspace, or nothing to wait for"],
    [4, "could not read or write"],
    [5, "a session waits for input, and --until-waiting was given"],
    [124, "time ran out, whatever the sessions' state"],
  ],
  async run(platform, invocation) {
    const { runWait } = await import("./wait.ts");
    return await runWait(readRequest(platform, invocation), invocation);
  },
};

/** The command `monitor follow`. */
export const follow: Command = {
  name: "monitor follow",
  group: "Watching",
  summary:
    "Print the sessions, then a line for each change, until all are done",
  operands: { kind: "none" },
  options: [
    ...SHARED_BY_VIEWS,
    FOREVER,
    ON_CHANGE,
  ],
  details: [
    "A command of --on-change gets PTRACK_EVENT, PTRACK_PREVIOUS, " +
    "PTRACK_SESSION, PTRACK_WORKSPACE, PTRACK_PROGRESS, PTRACK_MESSAGE and " +
    "PTRACK_DIR in its environment.",
  ],
  examples: [
    ["ptrack follow -w adrs", "for agents and pipes"],
  ],
  exitCodes: [
    [0, "all is well"],
    [1, "a session failed, timed out, crashed or is unreadable"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session or workspace"],
    [4, "could not read or write"],
  ],
  async run(platform, invocation) {
    const { runFollow } = await import("./watch.ts");
    return await runFollow(readRequest(platform, invocation), invocation);
  },
};

/** The command `monitor log`. */
export const log: Command = {
  name: "monitor log",
  group: "Watching",
  summary: "Show one session's events",
  operands: {
    kind: "word",
    name: "ID",
    required: false,
    help: "The session; else -s or PTRACK_SESSION says it",
  },
  options: [
    ...SHARED_BY_VIEWS,
    {
      name: "tail",
      short: "n",
      value: "N",
      help: "The last so many events (20)",
    },
    { name: "follow", help: "Go on with what is added" },
  ],
  details: [],
  examples: [
    ["ptrack log adr-01 -w adrs --follow", "one session's events, live"],
  ],
  exitCodes: [
    [0, "printed"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session or workspace"],
    [4, "could not read or write"],
  ],
  async run(platform, invocation) {
    const { runLog } = await import("./log.ts");
    return await runLog(readRequest(platform, invocation), invocation);
  },
};

/** The command `monitor list`. */
export const list: Command = {
  name: "monitor list",
  group: "Watching",
  summary: "List the workspaces with their counts",
  operands: { kind: "none" },
  options: [
    ...SHARED_BY_VIEWS,
  ],
  details: [],
  examples: [
    ["ptrack list", "all workspaces"],
  ],
  exitCodes: [
    [0, "printed"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session or workspace"],
    [4, "could not read or write"],
  ],
  async run(platform, invocation) {
    const { runList } = await import("./list.ts");
    return await runList(readRequest(platform, invocation), invocation);
  },
};

/** The command `monitor report`. */
export const report: Command = {
  name: "monitor report",
  group: "Watching",
  summary: "Print the sessions for CI and other programs",
  operands: { kind: "none" },
  options: [
    ...SHARED_BY_VIEWS,
    {
      name: "format",
      value: "FORMAT",
      choices: REPORT_FORMATS,
      help: `${REPORT_FORMATS.join(", ")} (text)`,
    },
    {
      name: "output",
      value: "FILE",
      help: "Where the report goes; - is standard output (-)",
    },
  ],
  details: [],
  examples: [
    ["ptrack report -w adrs --format junit --output report.xml", "for CI"],
  ],
  exitCodes: [
    [0, "printed"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session or workspace"],
    [4, "could not read or write"],
  ],
  async run(platform, invocation) {
    const { runReport } = await import("./report.ts");
    return await runReport(readRequest(platform, invocation), invocation);
  },
};

/** The command `monitor serve`. */
export const serve: Command = {
  name: "monitor serve",
  group: "Watching",
  summary: "Show the sessions in a browser, live",
  operands: { kind: "none" },
  options: [
    ...SHARED_BY_VIEWS,
    {
      name: "port",
      value: "N",
      help: "The port of the page (3847); 0 takes one that is free",
    },
    { name: "open", help: "Open the page in a browser" },
    {
      name: "host",
      value: "ADDRESS",
      help: "Serve other machines too, at this address; needs --token",
    },
    {
      name: "token",
      value: "TEXT|auto",
      help: "Only who has it may look; auto makes one up",
    },
  ],
  details: [
    "It prints the address of the page, and serves it to this machine until " +
    "Ctrl-C.",
  ],
  examples: [
    ["ptrack serve -w adrs --open", "the page, in the browser"],
  ],
  exitCodes: [
    [0, "stopped by a signal"],
    [1, "the page cannot be served"],
    [2, "the command line or the environment is wrong"],
    [4, "could not read or write"],
  ],
  async run(platform, invocation) {
    const { runServe } = await import("./serve.ts");
    return await runServe(readRequest(platform, invocation), invocation);
  },
};
