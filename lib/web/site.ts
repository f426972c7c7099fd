/**
 * The server's answers: the page, all sessions, their changes as they come, and
 * the details of one session. Names out of a request never reach the store: a
 * session is found among those that are shown, or not at all.
 */
import type {
  EventChannel,
  HttpAnswer,
  HttpHeaders,
  HttpRequest,
} from "../platform/http.ts";
import { jsonLine } from "../report/json.ts";
import type { Snapshot } from "../session/types.ts";
import { type AuthOptions, authorize } from "./auth.ts";
import { documentText, type PageParts } from "./document.ts";
import type { LiveState } from "./live_state.ts";

const HEADERS: HttpHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
/** A proxy, or a network, may forget a connection that is silent for longer. */
const SIGN_OF_LIFE_MS = 15_000;

/** Answers requests, and tells the viewers what changes. */
export class Site {
  readonly #auth: AuthOptions;
  readonly #state: LiveState;
  readonly #viewers = new Set<EventChannel>();
  readonly #page: HttpAnswer;
  #toldMs = -Infinity;

  constructor(auth: AuthOptions, state: LiveState, parts: PageParts) {
    this.#auth = auth;
    this.#state = state;
    const policy = `${parts.policy("'self'")}; frame-ancestors 'none'`;
    this.#page = answer("text/html", {
      status: 200,
      body: documentText(parts, { kind: "live" }),
      headers: { "content-security-policy": policy },
    });
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

  /** Answers a request. */
  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const auth = authorize(this.#auth, request);
    if (auth.kind === "denied") return plain(auth.status, `${auth.reason}\n`);
    if (auth.kind === "redirect") {
      const { cookie, location } = auth;
      return plain(303, "", { "set-cookie": cookie, location });
    }
    const [path, query = ""] = request.target.split("?", 2);
    switch (path) {
      case "/":
        return this.#page;
      case "/state":
        return json(this.#state.stateJson());
      case "/session":
        return await this.#session(new URLSearchParams(query).get("key") ?? "");
      case "/events":
        return this.#events();
      default:
        return plain(404, "There is nothing here\n");
    }
  }

  async #session(key: string): Promise<HttpAnswer> {
    const detail = await this.#state.detail(key);
    return detail === null
      ? plain(404, "There is no such session\n")
      : json(jsonLine(detail));
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
        const hello = jsonLine({ version: this.#state.version });
        channel.send(`retry: 1000\nevent: hello\ndata: ${hello}\n\n`);
        return () => void this.#viewers.delete(channel);
      },
    };
  }
}

function plain(status: number, body: string, headers: HttpHeaders = {}) {
  return answer("text/plain", { status, body, headers });
}

function json(body: string | Uint8Array): HttpAnswer {
  return answer("application/json", { status: 200, body, headers: {} });
}

function answer(
  type: string,
  { headers, ...rest }: Omit<HttpAnswer & { kind: "body" }, "kind">,
): HttpAnswer {
  const contentType = { "content-type": `${type}; charset=utf-8` };
  const all = { ...HEADERS, ...contentType, ...headers };
  return { kind: "body", headers: all, ...rest };
}
