/** The panel of one session: facts, errors, outputs, metadata and log. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { displayName, sanitize } from "../../report/sanitize.ts";
import type { PageDetail, PageLine, PageSession } from "../page_data.ts";
import type { View } from "./page_model.ts";
import { IconButton, Progress, StateIcon } from "./parts.tsx";
import {
  clockTime,
  duration,
  elapsedMs,
  etaMs,
  messageOf,
  STATES,
  zoneAt,
} from "./sessions.ts";
import type { Source } from "./source.ts";
import { throttle, type Throttled } from "./throttle.ts";

/** What has been loaded of a session: nothing yet, its details, or why not. */
type Lookup = null | PageDetail | string;

/** The shortest time between two loads of a session that keeps changing. */
const AGAIN_MS = 300;

/** The panel of a session; another session is another panel. */
export function Details(
  { session, source, nowMs, close }: View & { session: PageSession },
) {
  const lookup = useLookup(source, session);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const { id, word, task, percent, reason } = session;
  const message = word === "waiting" ? reason : messageOf(session);
  return (
    <aside class="details" aria-labelledby="details-title">
      <header>
        <StateIcon word={word} />
        <h2 id="details-title" ref={title} tabIndex={-1} dir="auto">
          {displayName(id)}
        </h2>
        <IconButton label="Close" shortcut="Escape" onClick={close}>
          ✕
        </IconButton>
      </header>
      <div class="details-body">
        {task !== "" && <p class="task" dir="auto">{sanitize(task)}</p>}
        <p class={`message is-${word}`}>
          <strong>{STATES[word]}</strong> <bdi>{sanitize(message)}</bdi>
        </p>
        <Progress percent={percent} word={word} />
        <Facts facts={factsOf(session, nowMs)} />
        {typeof lookup === "string"
          ? <p class="empty">{lookup}</p>
          : lookup && <Loaded detail={lookup} nowMs={nowMs} />}
      </div>
    </aside>
  );
}

/** Loads a session's details, and again when it has changed. */
function useLookup(source: Source, session: PageSession): Lookup {
  const [lookup, setLookup] = useState<Lookup>(null);
  const loading = useRef<Throttled | null>(null);
  useEffect(() => {
    let begun = 0;
    let shown = 0;
    const load = () => {
      const number = ++begun;
      // An earlier load may come later.
      const show = (found: Lookup) => {
        if (number < shown) return;
        shown = number;
        setLookup(found);
      };
      source.detail(session.key).then(
        (detail) => show(detail ?? "There is no log of it here"),
        (error) => show(String(error)),
      );
    };
    const throttled = throttle(load, (over) => {
      const timer = setTimeout(over, AGAIN_MS);
      return () => clearTimeout(timer);
    });
    loading.current = throttled;
    return () => {
      shown = Infinity;
      throttled.stop();
    };
  }, [source, session.key]);
  useEffect(() => loading.current?.ask(), [session]);
  return lookup;
}

function factsOf(session: PageSession, nowMs: number): PageDetail["metadata"] {
  const { startedMs, endedMs, heartbeatMs, attempt, batch } = session;
  const elapsed = elapsedMs(session, nowMs);
  const eta = etaMs(session, nowMs);
  const facts: PageDetail["metadata"] = [];
  facts.push(["Workspace", displayName(session.workspace)]);
  if (attempt > 1) facts.push(["Attempt", String(attempt)]);
  if (batch !== null) facts.push(["Batch", batch]);
  if (startedMs !== null) {
    const zone = zoneAt(startedMs);
    facts.push(["Started", `${clockTime(startedMs, nowMs)} (${zone})`]);
  }
  if (endedMs !== null) facts.push(["Ended", clockTime(endedMs, nowMs)]);
  if (elapsed !== null) facts.push(["Elapsed", duration(elapsed)]);
  if (eta !== null) facts.push(["Left", `~${duration(eta)}`]);
  if (endedMs === null && heartbeatMs !== null) {
    facts.push(["Last heard", `${duration(nowMs - heartbeatMs)} ago`]);
  }
  return facts;
}

function Facts({ facts }: { facts: PageDetail["metadata"] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{sanitize(name)}</dt>
          <dd dir="auto">{sanitize(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Loaded({ detail, nowMs }: { detail: PageDetail; nowMs: number }) {
  const { errors, outputs, metadata, failureReport, lines } = detail;
  return (
    <>
      <Part title="How it failed" isShown={failureReport !== ""}>
        <pre tabIndex={0}>
          {failureReport.split("\n").map(sanitize).join("\n")}
        </pre>
      </Part>
      <Part title={`Errors (${errors.length})`} isShown={errors.length > 0}>
        <ul class="texts is-error">
          {errors.toReversed().map(({ atMs, text }, index) => (
            <li key={errors.length - index}>
              <span class="when">{atMs && clockTime(atMs, nowMs)}</span>
              <bdi>{sanitize(text)}</bdi>
            </li>
          ))}
        </ul>
      </Part>
      <Part title={`Outputs (${outputs.length})`} isShown={outputs.length > 0}>
        <ul class="texts">
          {outputs.map((file, index) => (
            <li key={index} dir="auto">{sanitize(file)}</li>
          ))}
        </ul>
      </Part>
      <Part title="Metadata" isShown={metadata.length > 0}>
        <Facts facts={metadata} />
      </Part>
      <Part title="Log, newest first" isShown>
        {lines.length === 0 && <p class="empty">The log is empty</p>}
        <ol class="log">
          {lines.toReversed().map((line, index) => (
            <LogRow key={lines.length - index} line={line} nowMs={nowMs} />
          ))}
        </ol>
      </Part>
    </>
  );
}

function Part({ title, isShown, children }: {
  title: string;
  isShown: boolean;
  children: ComponentChildren;
}) {
  return isShown && (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function LogRow({ line, nowMs }: { line: PageLine; nowMs: number }) {
  const { atMs, event, percent, text } = line;
  return (
    <li class={`event-${/^[a-z]+$/.test(event) ? event : "other"}`}>
      <span class="when">{atMs === null ? "?" : clockTime(atMs, nowMs)}</span>
      <span class="event">{sanitize(event)}</span>
      <span class="figure">{percent}%</span>
      <bdi class="text">{sanitize(text)}</bdi>
    </li>
  );
}
