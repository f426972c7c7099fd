/** The sessions in their groups; only the rows in sight are drawn. */
/// <reference lib="dom" />
import { displayName, sanitize } from "../../report/sanitize.ts";
import type { PageSession } from "../page_data.ts";
import { duration, elapsedMs, etaMs } from "./sessions.ts";
import type { View } from "./page_model.ts";
import { Progress, StateIcon } from "./parts.tsx";
import { RowList } from "./row_list.tsx";
import { addressOf, type Group, messageOf, plural } from "./sessions.ts";

/** All groups. */
export function SessionList(view: View) {
  return view.groups.map((group) => (
    <GroupPart key={group.name} group={group} view={view} />
  ));
}

function GroupPart({ group, view }: { group: Group; view: View }) {
  const { name, title, sessions } = group;
  const marked = view.marked ?? view.groups[0]?.sessions[0];
  return (
    <section class={`group in-${name}`} aria-labelledby={`group-${name}`}>
      <h2 id={`group-${name}`}>
        {title} <span class="count">{sessions.length}</span>
      </h2>
      <RowList
        items={sessions}
        pinned={marked}
        rowHeight={view.rowHeight}
        keyOf={({ key }) => key}
        row={(session) => (
          <a
            class={`row is-${session.word}`}
            href={addressOf(session.key)}
            data-key={session.key}
            tabIndex={session === marked ? 0 : -1}
            aria-current={session === view.open ? "true" : undefined}
            onFocus={() => session === view.marked || view.mark(session.key)}
          >
            <Row session={session} view={view} />
          </a>
        )}
      />
    </section>
  );
}

function Row({ session, view }: { session: PageSession; view: View }) {
  const { nowMs, workspaces } = view;
  const { id, workspace, task, percent, word } = session;
  const last = session.endedMs ?? session.heartbeatMs;
  return (
    <>
      <StateIcon word={word} />
      <span class="what">
        <span class="first-line">
          <bdi class="id">{displayName(id)}</bdi>
          {workspaces.length > 1 && (
            <bdi class="tag">{displayName(workspace)}</bdi>
          )}
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
