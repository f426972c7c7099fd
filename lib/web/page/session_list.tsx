/** The sessions in their groups; only the rows in sight are drawn. */
/// <reference lib="dom" />
import { displayName, sanitize } from "../../report/sanitize.ts";
import type { PageSession } from "../page_session.ts";
import { duration, elapsedMs, etaMs } from "./format_time.ts";
import { Progress, StateIcon } from "./parts.tsx";
import { RowList } from "./row_list.tsx";
import { addressOf, type Group, messageOf, plural } from "./sessions.ts";

/** What the list shows, and how. */
export interface ListProps {
  groups: readonly Group[];
  nowMs: number;
  rowHeight: number;
  /** The session that the keyboard is at; null for the first one. */
  marked: string | null;
  open: string | null;
  /** Whether there are several workspaces to tell apart. */
  showsWorkspace: boolean;
  onMark: (key: string) => void;
}

/** All groups. */
export function SessionList(props: ListProps) {
  return (
    <>
      {props.groups.map((group) => (
        <GroupPart key={group.name} group={group} {...props} />
      ))}
    </>
  );
}

function GroupPart(props: ListProps & { group: Group }) {
  const { group, groups, rowHeight, open, onMark } = props;
  const { name, title, sessions } = group;
  const marked = props.marked ?? groups[0]?.sessions[0]?.key;
  return (
    <section class={`group in-${name}`} aria-labelledby={`group-${name}`}>
      <h2 id={`group-${name}`}>
        {title} <span class="count">{sessions.length}</span>
      </h2>
      <RowList
        items={sessions}
        rowHeight={rowHeight}
        keyOf={({ key }) => key}
        row={(session) => (
          <a
            class={`row is-${session.word}`}
            href={addressOf(session.key)}
            data-key={session.key}
            tabIndex={session.key === marked ? 0 : -1}
            aria-current={session.key === open ? "true" : undefined}
            onFocus={() => onMark(session.key)}
          >
            <Row session={session} {...props} />
          </a>
        )}
      />
    </section>
  );
}

function Row(
  { session, nowMs, showsWorkspace }: ListProps & { session: PageSession },
) {
  const { id, workspace, task, percent, word } = session;
  const last = session.endedMs ?? session.heartbeatMs;
  return (
    <>
      <StateIcon word={word} />
      <span class="what">
        <span class="first-line">
          <bdi class="id">{displayName(id)}</bdi>
          {showsWorkspace && <bdi class="tag">{displayName(workspace)}</bdi>}
          <Tags session={session} />
          <bdi class="task">{sanitize(task)}</bdi>
        </span>
        <span class="second-line">
          <bdi>{sanitize(messageOf(session))}</bdi>
        </span>
      </span>
      <Progress percent={percent} word={word} />
      <Figure label="elapsed" ms={elapsedMs(session, nowMs)} />
      <Figure label="left" ms={etaMs(session, nowMs)} before="~" />
      <Figure
        label={session.endedMs === null ? "last heard" : "ended"}
        ms={last === null ? null : nowMs - last}
        after=" ago"
      />
    </>
  );
}

function Tags({ session }: { session: PageSession }) {
  const { errorsTotal, outputsTotal, attempt } = session;
  return (
    <>
      {errorsTotal > 0 && (
        <span class="tag is-error">{plural(errorsTotal, "error")}</span>
      )}
      {outputsTotal > 0 && (
        <span class="tag">{plural(outputsTotal, "output")}</span>
      )}
      {attempt > 1 && <span class="tag">attempt {attempt}</span>}
    </>
  );
}

function Figure(
  { label, ms, before = "", after = "" }: {
    label: string;
    /** Null if unknown. */
    ms: number | null;
    before?: string;
    after?: string;
  },
) {
  return (
    <span class={`number for-${label.replace(" ", "-")}`}>
      <span class="value">
        {ms === null ? "–" : `${before}${duration(ms)}${after}`}
      </span>
      <span class="label">{label}</span>
    </span>
  );
}

/** The session that gets the focus once it is drawn. */
let wanted = "";

/** Scrolls to a session's row, which may not be drawn yet, and focuses it. */
export function focusRow(
  groups: readonly Group[],
  key: string,
  rowHeight: number,
): void {
  const group = groups.find(({ sessions }) =>
    sessions.some((session) => session.key === key)
  );
  const list = document.querySelector(`.in-${group?.name} ul`);
  if (group === undefined || list === null) return;
  const index = group.sessions.findIndex((session) => session.key === key);
  const top = list.getBoundingClientRect().top + index * rowHeight;
  const bottom = top + rowHeight;
  if (top < rowHeight) scrollBy(0, top - 2 * rowHeight);
  else if (bottom > innerHeight) scrollBy(0, bottom + rowHeight - innerHeight);
  wanted = key;
  // After the scrolling has been noticed, and the row drawn.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      // Another key was pressed meanwhile.
      if (wanted !== key) return;
      const rows = document.querySelectorAll<HTMLElement>(".row");
      [...rows].find((row) => row.dataset["key"] === key)
        ?.focus({ preventScroll: true });
    })
  );
}
