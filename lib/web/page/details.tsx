/** One session with all that is known of it, and its log. */
/// <reference lib="dom" />
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { displayName, sanitize } from "../../report/sanitize.ts";
import type { PageDetail, PageLine, PageSession } from "../wire.ts";
import { clockTime, duration, elapsedMs, etaMs } from "./format_time.ts";
import { Progress, sayingOf } from "./session_row.tsx";
import { WORDS } from "./sessions.ts";
import type { Source } from "./source.ts";
import { StateIcon } from "./state_icon.tsx";
import { Time } from "./toolbar.tsx";

/** What has been looked up of a session. */
type Lookup =
  | { kind: "asked" }
  | { kind: "known"; detail: PageDetail }
  | { kind: "nothing"; why: string };

/** A changing session is asked about no more often. */
const AGAIN_MS = 300;

/** The panel of a session. */
export function Details(
  { session, source, nowMs, onClose }: {
    session: PageSession;
    source: Source;
    nowMs: number;
    onClose: () => void;
  },
) {
  const lookup = useLookup(source, session);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [session.key]);
  return (
    <aside class="details" aria-labelledby="details-title">
      <header>
        <StateIcon word={session.word} />
        <h2 id="details-title" ref={title} tabIndex={-1}>
          <bdi>{displayName(session.id)}</bdi>
        </h2>
        <button
          type="button"
          class="quiet"
          onClick={onClose}
          aria-label="Close"
          aria-keyshortcuts="Escape"
        >
          ✕
        </button>
      </header>
      <div class="details-body">
        {session.task !== "" && (
          <p class="task">
            <bdi>{sanitize(session.task)}</bdi>
          </p>
        )}
        <p class={`saying is-${session.word}`}>
          <strong>{WORDS[session.word]}</strong>{" "}
          <bdi>{sanitize(saidOf(session))}</bdi>
        </p>
        <Progress percent={session.percent} word={session.word} />
        <Facts session={session} nowMs={nowMs} />
        {lookup.kind === "known" && (
          <Known detail={lookup.detail} nowMs={nowMs} />
        )}
        {lookup.kind === "nothing" && <p class="empty">{lookup.why}</p>}
      </div>
    </aside>
  );
}

/** That it waits is said already. */
function saidOf(session: PageSession): string {
  return session.word === "waiting" ? session.reason : sayingOf(session);
}

/** Looks a session up, and again when it has changed. */
function useLookup(source: Source, session: PageSession): Lookup {
  const [lookup, setLookup] = useState<Lookup & { key?: string }>({
    kind: "asked",
  });
  useEffect(() => {
    let isOver = false;
    const tell = (found: Lookup) =>
      isOver || setLookup({ ...found, key: session.key });
    const ask = () =>
      source.detail(session.key).then(
        (detail) =>
          tell(
            detail === null
              ? { kind: "nothing", why: "There is no log of it here" }
              : { kind: "known", detail },
          ),
        (error) => tell({ kind: "nothing", why: String(error) }),
      );
    const timer = setTimeout(ask, lookup.key === session.key ? AGAIN_MS : 0);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [source, session]);
  return lookup.key === session.key ? lookup : { kind: "asked" };
}

function Facts({ session, nowMs }: { session: PageSession; nowMs: number }) {
  const { startedMs, endedMs, heartbeatMs, attempt, batch, workspace } =
    session;
  const elapsed = elapsedMs(session, nowMs);
  const eta = etaMs(session, nowMs);
  return (
    <dl class="facts">
      <Fact name="Workspace">
        <bdi>{displayName(workspace)}</bdi>
      </Fact>
      {attempt > 1 && <Fact name="Attempt">{attempt}</Fact>}
      {batch !== null && (
        <Fact name="Batch">
          <bdi>{sanitize(batch)}</bdi>
        </Fact>
      )}
      {startedMs !== null && (
        <Fact name="Started">
          <Time ms={startedMs} nowMs={nowMs} />
        </Fact>
      )}
      {endedMs !== null && (
        <Fact name="Ended">
          <Time ms={endedMs} nowMs={nowMs} />
        </Fact>
      )}
      {elapsed !== null && <Fact name="Elapsed">{duration(elapsed)}</Fact>}
      {eta !== null && <Fact name="Left">~{duration(eta)}</Fact>}
      {endedMs === null && heartbeatMs !== null && (
        <Fact name="Last heard">{duration(nowMs - heartbeatMs)} ago</Fact>
      )}
    </dl>
  );
}

function Fact(
  { name, children }: { name: string; children: ComponentChildren },
) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface KnownProps {
  detail: PageDetail;
  nowMs: number;
}

function Known({ detail, nowMs }: KnownProps) {
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
                {atMs !== null && (
                  <span class="when">{clockTime(atMs, nowMs)}</span>
                )}
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
          <dl class="facts">
            {metadata.map(([name, value]) => (
              <Fact key={name} name={sanitize(name)}>
                <bdi>{sanitize(value)}</bdi>
              </Fact>
            ))}
          </dl>
        </Part>
      )}
      <Part title="Log, newest first">
        {lines.length === 0 && <p class="empty">There is nothing in it</p>}
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
