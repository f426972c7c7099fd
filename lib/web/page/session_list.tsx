/** The sessions in their groups; only the rows in sight are drawn. */
import { displayName, sanitize } from "../../report/sanitize.ts";
import type { PageSession } from "../page_data.ts";
import type { View } from "./page_model.ts";
import { Progress, RowList, StateIcon } from "./parts.tsx";
import {
  addressOf,
  duration,
  elapsedMs,
  etaMs,
  messageOf,
  plural,
} from "./sessions.ts";

export function SessionList(view: View) {
  const marked = view.marked ?? view.groups[0]?.sessions[0];
  return view.groups.map(({ name, title, sessions }) => (
    <section
      key={name}
      class={`group in-${name}`}
      aria-labelledby={`group-${name}`}
    >
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
  ));
}

function Row({ session, view }: { session: PageSession; view: View }) {
  const { nowMs, workspaces } = view;
  const { id, workspace, task, percent, word, endedMs } = session;
  const { errorsTotal, outputsTotal, attempt } = session;
  const message = messageOf(session);
  const last = endedMs ?? session.heartbeatMs;
  const lastLabel = endedMs === null ? "last heard" : "ended";
  return (
    <>
      <StateIcon word={word} />
      <span class="what">
        <span class="first-line">
          <bdi class="id">{displayName(id)}</bdi>
          {workspaces.length > 1 && (
            <bdi class="tag">{displayName(workspace)}</bdi>
          )}
          {errorsTotal > 0 && (
            <span class="tag is-error">{plural(errorsTotal, "error")}</span>
          )}
          {outputsTotal > 0 && (
            <span class="tag">{plural(outputsTotal, "output")}</span>
          )}
          {attempt > 1 && <span class="tag">attempt {attempt}</span>}
          {message !== "" && <bdi class="task">{sanitize(task)}</bdi>}
        </span>
        <span class="second-line">
          <bdi>{sanitize(message || task)}</bdi>
        </span>
      </span>
      <Progress percent={percent} word={word} />
      {figure("elapsed", elapsedMs(session, nowMs))}
      {figure("left", etaMs(session, nowMs), (time) => `~${time}`)}
      {figure(lastLabel, last && nowMs - last, (time) => `${time} ago`)}
    </>
  );
}

/** A time with its label; a dash if it is unknown. */
function figure(
  label: string,
  ms: number | null,
  write = (time: string) => time,
) {
  return (
    <span class={`number for-${label.replace(" ", "-")}`}>
      <span class="value">{ms === null ? "–" : write(duration(ms))}</span>
      <span class="label">{label}</span>
    </span>
  );
}
