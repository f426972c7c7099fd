/**
 * A stand-in for a coding agent: a process that calls hooks as Claude Code
 * does. Its arguments are the settings file and the id of the conversation. It
 * reads one step a line, and prints one line with the results of its hooks.
 *
 * Steps: `{"fire": PAYLOAD}`, `{"fire": [PAYLOAD, …]}` (in parallel),
 * `{"cd": PATH}`, `{"session": ID}`, `{"exit": CODE}`.
 */

// deno-lint-ignore no-explicit-any
type Json = any;

const [settingsPath = "", firstSession = ""] = Deno.args;
const settings: Json = JSON.parse(Deno.readTextFileSync(settingsPath));
const project = Deno.cwd();
const encoder = new TextEncoder();
let session = firstSession;
let directory = project;

/** The key of the payload that an event's matcher is compared with. */
const MATCHED: Record<string, string> = {
  PreToolUse: "tool_name",
  PostToolUse: "tool_name",
  PostToolUseFailure: "tool_name",
  PermissionRequest: "tool_name",
  SessionStart: "source",
  SessionEnd: "reason",
  Notification: "notification_type",
};

function matches(matcher: string | undefined, payload: Json): boolean {
  const key = MATCHED[payload.hook_event_name];
  if (matcher === undefined || matcher === "" || matcher === "*") return true;
  if (key === undefined) return true;
  return matcher.split("|").includes(payload[key]);
}

/** The commands of an event's hooks, each once. */
function commandsFor(payload: Json): string[] {
  const groups: Json[] = settings.hooks?.[payload.hook_event_name] ?? [];
  const commands = groups
    .filter(({ matcher }) => matches(matcher, payload))
    .flatMap(({ hooks }) => hooks.map(({ command }: Json) => command));
  return [...new Set<string>(commands)];
}

async function call(command: string, payload: Json): Promise<Json> {
  const child = new Deno.Command("sh", {
    args: ["-c", command],
    cwd: directory,
    env: {
      CLAUDE_PROJECT_DIR: project,
      CLAUDE_CODE_SESSION_ID: session,
      CLAUDE_PID: String(Deno.pid),
      CLAUDECODE: "1",
      CLAUDE_CODE_CHILD_SESSION: "1",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(encoder.encode(JSON.stringify(payload)));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function fire(payloads: Json[]): Promise<Json[]> {
  const calls = payloads.flatMap((payload) => {
    const whole = {
      session_id: session,
      transcript_path: `/home/u/.claude/projects/x/${session}.jsonl`,
      cwd: directory,
      ...payload,
    };
    return commandsFor(whole).map((command) => call(command, whole));
  });
  return await Promise.all(calls);
}

async function take(step: Json): Promise<Json[]> {
  if (step.cd !== undefined) directory = step.cd;
  if (step.session !== undefined) session = step.session;
  if (step.exit !== undefined) Deno.exit(step.exit);
  return step.fire === undefined ? [] : await fire([step.fire].flat());
}

let rest = "";
for await (const chunk of Deno.stdin.readable) {
  const lines = (rest + new TextDecoder().decode(chunk)).split("\n");
  rest = lines.pop()!;
  for (const line of lines) {
    console.log(JSON.stringify(await take(JSON.parse(line))));
  }
}
