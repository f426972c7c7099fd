/** One session in the list: two lines, and what can be said in numbers. */
/// <reference lib="dom" />
import { displayName, sanitize } from "../../report/sanitize.ts";
import type { PageSession } from "../wire.ts";
import { duration, elapsedMs, etaMs } from "./format_time.ts";
import { StateIcon } from "./state_icon.tsx";

/** What a row shows, and how. */
export interface RowProps {
  session: PageSession;
  nowMs: number;
  /** Whether the keyboard's mark is on it. */
  isMarked: boolean;
  isOpen: boolean;
  /** Whether there are several workspaces to tell apart. */
  showsWorkspace: boolean;
}

/** The address of a session on the page. */
export function addressOf(key: string): string {
  return `#${encodeURIComponent(key.toWellFormed())}`;
}

/** A link to the session, with all that is worth seeing from afar. */
export function SessionRow(props: RowProps) {
  const { session, nowMs, isMarked, isOpen, showsWorkspace } = props;
  return (
    <a
      class={`row is-${session.word}`}
      href={addressOf(session.key)}
      data-key={session.key}
      tabIndex={isMarked ? 0 : -1}
      aria-current={isOpen ? "true" : undefined}
    >
      <StateIcon word={session.word} />
      <span class="what">
        <span class="first-line">
          <bdi class="id">{displayName(session.id)}</bdi>
          {showsWorkspace && (
            <bdi class="tag">{displayName(session.workspace)}</bdi>
          )}
          <Tags session={session} />
          <bdi class="task">{sanitize(session.task)}</bdi>
        </span>
        <span class="second-line">
          <bdi>{sanitize(sayingOf(session))}</bdi>
        </span>
      </span>
      <Progress percent={session.percent} word={session.word} />
      <Numbers session={session} nowMs={nowMs} />
    </a>
  );
}

/** What is most worth reading of a session just now. */
export function sayingOf(session: PageSession): string {
  const { word, reason, message, lastError } = session;
  switch (word) {
    case "waiting":
      return reason === "" ? "Waiting" : `Waiting: ${reason}`;
    case "failed":
      return message.replace(/^FAILED: /, "");
    case "running":
      return message || (lastError === "" ? "" : `Error: ${lastError}`);
    default:
      return reason || message;
  }
}

function Tags({ session }: { session: PageSession }) {
  const { errorsTotal, outputsTotal, attempt } = session;
  return (
    <>
      {errorsTotal > 0 && (
        <span class="tag is-error">
          {errorsTotal === 1 ? "1 error" : `${errorsTotal} errors`}
        </span>
      )}
      {outputsTotal > 0 && (
        <span class="tag">
          {outputsTotal === 1 ? "1 output" : `${outputsTotal} outputs`}
        </span>
      )}
      {attempt > 1 && <span class="tag">attempt {attempt}</span>}
    </>
  );
}

/** A bar, and the percentage in figures. */
export function Progress(
  { percent, word }: Pick<PageSession, "percent" | "word">,
) {
  return (
    <span class={`progress is-${word}`}>
      <span
        class="track"
        role="progressbar"
        aria-label="Progress"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span class="bar" style={{ width: `${percent}%` }} />
      </span>
      <span class="figure" aria-hidden="true">{percent}%</span>
    </span>
  );
}

function Numbers({ session, nowMs }: { session: PageSession; nowMs: number }) {
  const elapsed = elapsedMs(session, nowMs);
  const eta = etaMs(session, nowMs);
  const last = session.endedMs ?? session.heartbeatMs;
  const ago = last === null ? null : duration(nowMs - last);
  return (
    <>
      <Number
        label="elapsed"
        text={elapsed === null ? null : duration(elapsed)}
      />
      <Number label="left" text={eta === null ? null : `~${duration(eta)}`} />
      <Number
        label={session.endedMs === null ? "last heard" : "ended"}
        text={ago === null ? null : `${ago} ago`}
      />
    </>
  );
}

function Number(
  { label, text }: { label: string; text: string | null },
) {
  return (
    <span class={`number for-${label.replace(" ", "-")}`}>
      <span class="value">{text ?? "–"}</span>
      <span class="label">{label}</span>
    </span>
  );
}
