/** Options that more than one command takes; they mean the same everywhere. */
import type { Option } from "./command.ts";

/** `-s` of the commands that work on one session. */
export const SESSION: Option = {
  name: "session",
  short: "s",
  value: "ID",
  env: "PTRACK_SESSION",
  help: "The session",
};

/** `--heartbeat-timeout`, which sessions and monitors take. */
export const HEARTBEAT_TIMEOUT: Option = {
  name: "heartbeat-timeout",
  value: "DURATION",
  help: "Silence after which a monitor calls it timed out (300 s)",
};

/** `--session-timeout`, which sessions and monitors take. */
export const SESSION_TIMEOUT: Option = {
  name: "session-timeout",
  value: "DURATION",
  help: "Time that a session may take in all (4 h)",
};

/** `--restart` of the commands that begin sessions. */
export const RESTART: Option = {
  name: "restart",
  help: "Begin an ended, crashed or timed-out session again",
};

/** `--force` of the commands that begin sessions. */
export const FORCE: Option = {
  name: "force",
  help: "Replace the session even if it is alive",
};

/** `--batch` of the commands that begin sessions. */
export const BATCH: Option = {
  name: "batch",
  value: "NAME",
  env: "PTRACK_BATCH",
  help: "The batch: one launch of many sessions",
};

/** `--pid`: the owner of a session. */
export const OWNER: Option = {
  name: "pid",
  value: "N",
  env: "PTRACK_OWNER_PID",
  help: "The process that the session lives and dies with",
};

/** `-w`, which every command takes. */
export const WORKSPACE: Option = {
  name: "workspace",
  short: "w",
  value: "NAME",
  env: "PTRACK_WORKSPACE",
  help: "The workspace: a group of sessions",
};

/** `--dir`, which every command takes. */
export const DIRECTORY: Option = {
  name: "dir",
  value: "PATH",
  env: "PTRACK_DIR",
  help: "The .parallel directory itself, instead of looking for it",
};

/** What every command takes, also before the command's name. */
export const SHARED: readonly Option[] = [
  WORKSPACE,
  DIRECTORY,
  {
    name: "color",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    help: "Colour: auto, always or never; auto heeds NO_COLOR",
  },
  { name: "help", short: "h", help: "Print help and exit" },
  {
    name: "version",
    short: "V",
    help: "Print the version, engine, system and commit",
  },
];

/** `--meta` of the commands that record metadata. */
export const META: Option = {
  name: "meta",
  value: "KEY=VALUE",
  repeatable: true,
  help: "Metadata; JSON numbers, booleans, null, objects and arrays are " +
    "stored so, the rest as text",
};

/** `-m` of the commands that record a message. */
export const MESSAGE: Option = {
  name: "message",
  short: "m",
  value: "TEXT",
  help: "What the session is doing, or has done",
};

/** `--output` of the commands that end sessions. */
export const OUTPUT: Option = {
  name: "output",
  value: "FILE",
  repeatable: true,
  help: "A file that the session has made",
};
