/** The panel of one session: facts, errors, outputs, metadata and log. */
/// <reference lib="dom" />
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { displayName, sanitize } from "../../report/sanitize.ts";
import type { PageDetail, PageLine, PageSession } from "../page_data.ts";
import { clockTime, duration, elapsedMs, etaMs } from "./sessions.ts";
import type { View } from "./page_model.ts";
import { IconButton, Progress, StateIcon } from "./parts.tsx";
import { messageOf, STATES } from "./sessions.ts";
import type { Source } from "./source.ts";

/** What has been loaded of a session: nothing yet, its details, or why not. */
type Lookup = null | PageDetail | string;

/** The shortest time between two loads of a session that keeps changing. */
const AGAIN_MS = 300;

/** The panel of a session. */
export function Details(
  { session, source, view: { nowMs, close } }: {
    session: PageSession;
    source: Source;
    view: View;
  },
) {
  const lookup = useLookup(source, session);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [session.key]);
  const { id, word, task, percent, reason } = session;
  return (
    <aside class="details" aria-labelledby="details-title">
      <header>
        <StateIcon word={word} />
        <h2 id="details-title" ref={title} tabIndex={-1}>
          <bdi>{displayName(id)}</bdi>
        </h2>
        <IconButton label="Close" shortcut="Escape" onClick={close}>
          ✕
        </IconButton>
      </header>
      <div class="details-body">
        {task !== "" && (
          <p class="task">
            <bdi>{sanitize(task)}</bdi>
          </p>
        )}
        <p class={`message is-${word}`}>
          <strong>{STATES[word]}</strong>{" "}
          <bdi>
            {sanitize(word === "waiting" ? reason : messageOf(session))}
          </bdi>
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
  const { key } = session;
  const [loaded, setLoaded] = useState<{ key: string; lookup: Lookup }>();
  const lookup = loaded?.key === key ? loaded.lookup : null;
  useEffect(() => {
    let isOver = false;
    const show = (lookup: Lookup) => isOver || setLoaded({ key, lookup });
    const load = () =>
      source.detail(key).then(
        (detail) => show(detail ?? "There is no log of it here"),
        (error) => show(String(error)),
      );
    const timer = setTimeout(load, lookup === null ? 0 : AGAIN_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [source, session]);
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
  if (startedMs !== null) facts.push(["Started", clockTime(startedMs, nowMs)]);
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
          <dd>
            <bdi>{sanitize(value)}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Loaded({ detail, nowMs }: { detail: PageDetail; nowMs: number }) {
  const { errors, outputs, metadata, failureReport, lines } = detail;
  return (
    <>
      {failureReport !== "" && (
        <Part title="How it failed">
          <pre tabIndex={0}>
            {failureReport.split("\n").map(sanitize).join("\n")}
          </pre>
        </Part>
      )}
      {errors.length > 0 && (
        <Part title={`Errors (${errors.length})`}>
          <ul class="texts is-error">
            {errors.toReversed().map(({ atMs, text }, index) => (
              <li key={errors.length - index}>
                <span class="when">{atMs && clockTime(atMs, nowMs)}</span>
                <bdi>{sanitize(text)}</bdi>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {outputs.length > 0 && (
        <Part title={`Outputs (${outputs.length})`}>
          <ul class="texts">
            {outputs.map((file, index) => (
              <li key={index}>
                <bdi>{sanitize(file)}</bdi>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {metadata.length > 0 && (
        <Part title="Metadata">
          <Facts facts={metadata} />
        </Part>
      )}
      <Part title="Log, newest first">
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

function Part(
  { title, children }: { title: string; children: ComponentChildren },
) {
  return (
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
