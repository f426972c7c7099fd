/**
 * Serves the page until a signal ends it: the page, all sessions, their changes
 * as they come, and the details of one session. Names out of a request never
 * reach the store: a session is found among those that are shown, or not at all.
 */
import { errorCode, explain, RefusedError, UsageError } from "../errors.ts";
import type { ChangesOptions, SessionMonitor } from "../monitor.ts";
import type {
  EventChannel,
  HttpAnswer,
  HttpHeaders,
  HttpRequest,
} from "../platform/http.ts";
import type { Platform } from "../platform/platform.ts";
import { processInspector } from "../process/owners.ts";
import { openProcesses } from "../process/processes.ts";
import { jsonLine } from "../report/json.ts";
import type { Snapshot } from "../session/types.ts";
import type { SessionStore } from "../store/store.ts";
import { takeInterruption } from "../watch/interruption.ts";
import { type AuthOptions, authorize } from "./auth.ts";
import { type PageDocument, pageDocument } from "./document.ts";
import { LiveState } from "./live_state.ts";

/** What is served, and to whom. */
export interface ServeOptions {
  monitor: SessionMonitor;
  store: SessionStore;
  /** Null for all. */
  workspace: string | null;
  changes: ChangesOptions;
  address: string;
  /** 0 lets the system choose. */
  port: number;
  /** Null: only this machine is served. */
  token: string | null;
  /** Called with the address of the page, once it is there. */
  ready(url: string): void;
}

/** The shortest time between two deltas: a flood of changes is sent in bunches. */
const SHORTEST_PAUSE_MS = 40;

/**
 * Serves until SIGINT, SIGTERM or SIGHUP. Throws RefusedError if the port is in
 * use, UsageError if the address is none of this machine's.
 */
export async function serve(
  platform: Platform,
  options: ServeOptions,
): Promise<void> {
  const { monitor, store, workspace, changes, address, token, port } = options;
  const { clock } = platform;
  const machine = processInspector(platform).machine().host;
  const state = new LiveState(store, workspace);
  const page = await pageDocument({ kind: "live" });
  const site = new Site({ address, machine, token }, state, page);
  const interruption = takeInterruption(platform, openProcesses(platform));
  const { signal } = interruption;
  try {
    const handler = (request: HttpRequest) => site.answer(request);
    const server = await platform.serveHttp({ address, port, handler })
      .catch((error) => {
        throw listenError(error, options);
      });
    try {
      options.ready(pageUrl(options, server.port));
      // Ages go on in the page: ticks only bring the next sign of life.
      const tickMs = SIGN_OF_LIFE_MS;
      for await (
        const snapshots of monitor.changes({ ...changes, tickMs, signal })
      ) {
        await site.show(snapshots, Math.round(clock.nowUs() / 1000));
        await clock.sleep(SHORTEST_PAUSE_MS, signal);
      }
    } finally {
      await server.close();
    }
  } finally {
    interruption.close();
  }
}

const HEADERS: HttpHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
const TEXT = "text/plain";
const JSON_TYPE = "application/json";
/**
 * The longest time between two snapshots, and the shortest between two signs of
 * life: these are at most twice as far apart, before a proxy forgets a viewer.
 */
const SIGN_OF_LIFE_MS = 9_000;

/** Answers requests, and tells the viewers what changes. */
class Site {
  readonly #auth: AuthOptions;
  readonly #state: LiveState;
  readonly #viewers = new Set<EventChannel>();
  readonly #page: HttpAnswer;
  #toldMs = -Infinity;

  constructor(auth: AuthOptions, state: LiveState, page: PageDocument) {
    this.#auth = auth;
    this.#state = state;
    const policy = `${page.policy}; frame-ancestors 'none'`;
    const headers = { "content-security-policy": policy };
    this.#page = answer("text/html", page.html, { headers });
  }

  /** Takes the next snapshots; tells viewers what is new, or that it lives. */
  async show(snapshots: readonly Snapshot[], takenMs: number): Promise<void> {
    const delta = await this.#state.take(snapshots, takenMs);
    const isSilent = Math.abs(takenMs - this.#toldMs) >= SIGN_OF_LIFE_MS;
    if (delta === null && !isSilent) return;
    this.#toldMs = takenMs;
    if (this.#viewers.size === 0) return;
    const text = delta === null
      ? "event: alive\ndata: {}\n\n"
      : `event: delta\ndata: ${jsonLine(delta)}\n\n`;
    for (const viewer of this.#viewers) viewer.send(text);
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const auth = authorize(this.#auth, request);
    if (auth.kind === "denied") return answer(TEXT, `${auth.reason}\n`, auth);
    const [path, query = ""] = request.target.split("?", 2);
    switch (path) {
      case "/":
        return this.#page;
      case "/state":
        return answer(JSON_TYPE, this.#state.stateJson());
      case "/session": {
        const key = new URLSearchParams(query).get("key") ?? "";
        const detail = await this.#state.detail(key);
        if (detail !== null) return answer(JSON_TYPE, jsonLine(detail));
        return answer(TEXT, "There is no such session\n", { status: 404 });
      }
      case "/events":
        return this.#events();
      default:
        return answer(TEXT, "There is nothing here\n", { status: 404 });
    }
  }

  #events(): HttpAnswer {
    return {
      kind: "events",
      headers: {
        ...HEADERS,
        "content-type": "text/event-stream; charset=utf-8",
        // A proxy must not hold events back.
        "x-accel-buffering": "no",
      },
      opened: (channel) => {
        this.#viewers.add(channel);
        channel.send("retry: 1000\nevent: hello\ndata: {}\n\n");
        return () => void this.#viewers.delete(channel);
      },
    };
  }
}

function answer(
  type: string,
  body: string | Uint8Array,
  { status = 200, headers = {} }: { status?: number; headers?: HttpHeaders } =
    {},
): HttpAnswer {
  const contentType = { "content-type": `${type}; charset=utf-8` };
  const all = { ...HEADERS, ...contentType, ...headers };
  return { kind: "body", status, headers: all, body };
}

/** What the system says of a port that it does not give. */
const NO_PORT: Record<string, string> = {
  EACCES: "the system does not allow it; use one from 1024 with --port",
  EADDRINUSE: "it is in use; use another with --port, or --port 0 for one " +
    "that is free",
};
/** The systems' codes for an address that this machine does not have. */
const NO_ADDRESS = ["EADDRNOTAVAIL", "EAI_AGAIN", "EINVAL", "ENOTFOUND"];

function listenError(cause: unknown, { address, port }: ServeOptions): unknown {
  const code = errorCode(cause);
  if (code === "") return cause;
  const why = NO_PORT[code];
  if (why !== undefined) {
    return new RefusedError(`Cannot serve at port ${port}: ${why}`, { cause });
  }
  const problem = NO_ADDRESS.includes(code)
    ? "it is no address of this machine"
    : explain(cause);
  return new UsageError(
    `Cannot serve at ${JSON.stringify(address)}: ${problem}; name another ` +
      "with --host",
    { cause },
  );
}

/** The address of the page, with the token. */
function pageUrl({ address, token }: ServeOptions, port: number): string {
  const isAny = address === "0.0.0.0" || address === "::";
  const name = isAny ? "localhost" : address;
  const host = name.includes(":") ? `[${name}]` : name;
  const query = token === null ? "" : `?token=${encodeURIComponent(token)}`;
  return `http://${host}:${port}/${query}`;
}

const OPENERS: Record<Platform["system"], readonly string[]> = {
  linux: ["xdg-open"],
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens the system's browser; rejects if there is nothing to open it with. */
export async function openBrowser(
  platform: Platform,
  url: string,
): Promise<void> {
  const browser = await openProcesses(platform).spawn({
    command: [...OPENERS[platform.system], url],
    env: {},
    group: "own",
    input: "held",
    output: "none",
  });
  browser.release();
}
