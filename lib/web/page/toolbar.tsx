/** The head of the page: where, how it stands, and what to show of it. */
/// <reference lib="dom" />
import type { Ref } from "preact";
import type { VerdictWord } from "../../session/verdict.ts";
import { displayName } from "../../report/sanitize.ts";
import type { PageSession } from "../wire.ts";
import { counts, type Filter, WORDS } from "./sessions.ts";
import { clockTime } from "./format_time.ts";
import type { Connection } from "./source.ts";
import { StateIcon } from "./state_icon.tsx";

/** What the head shows, and what can be done in it. */
export interface HeadProps {
  place: string;
  connection: Connection;
  /** When a report was made. */
  takenMs: number;
  onTheme: () => void;
  onHelp: () => void;
}

/** The top line. */
export function Head(props: HeadProps) {
  const { place, connection, takenMs, onTheme, onHelp } = props;
  return (
    <header class="head">
      <h1>
        <span class="mark" aria-hidden="true" />
        <span class="unseen">ptrack:</span>
        <bdi>{place}</bdi>
      </h1>
      <span class={`connection is-${connection}`} role="status">
        {connection === "report"
          ? `Report of ${new Date(takenMs).toLocaleString()}`
          : CONNECTIONS[connection]}
      </span>
      <button
        type="button"
        class="quiet"
        onClick={onTheme}
        aria-label="Switch between light and dark"
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M8 2a6 6 0 1 0 0 12z" fill="currentColor" />
          <circle
            cx="8"
            cy="8"
            r="6"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
          />
        </svg>
      </button>
      <button
        type="button"
        class="quiet"
        onClick={onHelp}
        aria-label="Keys"
        aria-keyshortcuts="?"
      >
        ?
      </button>
    </header>
  );
}

const CONNECTIONS: Record<Exclude<Connection, "report">, string> = {
  connecting: "Connecting…",
  live: "Live",
  lost: "Connection lost, trying again…",
};

/** What is filtered by, and by what it could be. */
export interface FilterProps {
  sessions: readonly PageSession[];
  workspaces: readonly string[];
  filter: Filter;
  onFilter: (filter: Filter) => void;
  input: Ref<HTMLInputElement>;
}

/** How many there are of each state, each a switch, and a field for text. */
export function Filters(props: FilterProps) {
  const { sessions, workspaces, filter, onFilter, input } = props;
  const shown = filter.workspace === null
    ? sessions
    : sessions.filter(({ workspace }) => workspace === filter.workspace);
  const choose = (word: VerdictWord) =>
    onFilter({ ...filter, word: filter.word === word ? null : word });
  return (
    <div class="filters" role="search">
      <input
        ref={input}
        type="search"
        placeholder="Filter by text"
        aria-label="Filter by text"
        aria-keyshortcuts="/"
        value={filter.text}
        onInput={({ currentTarget }) =>
          onFilter({ ...filter, text: currentTarget.value })}
      />
      {workspaces.length > 1 && (
        <select
          aria-label="Workspace"
          value={filter.workspace === null
            ? ""
            : String(workspaces.indexOf(filter.workspace) + 1)}
          onChange={({ currentTarget: { value } }) =>
            onFilter({
              ...filter,
              workspace: workspaces[Number(value) - 1] ?? null,
            })}
        >
          <option value="">All workspaces</option>
          {workspaces.map((name, index) => (
            <option key={name} value={String(index + 1)}>
              {displayName(name)}
            </option>
          ))}
        </select>
      )}
      <div class="chips" role="group" aria-label="Filter by state">
        {counts(shown).map(([word, count]) => (
          <button
            key={word}
            type="button"
            class={`chip is-${word}`}
            aria-pressed={filter.word === word}
            onClick={() => choose(word)}
          >
            <StateIcon word={word} />
            <strong>{count}</strong>
            <span aria-hidden="true">{WORDS[word]}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

/** All sessions as one bar: how far the whole of it is. */
export function Overall({ sessions }: { sessions: readonly PageSession[] }) {
  const all = counts(sessions);
  const done = sessions.filter(({ word }) => word === "completed").length;
  const sum = sessions.reduce(
    (total, { percent, word }) =>
      total + (word === "completed" ? 100 : percent),
    0,
  );
  const percent = Math.floor(sum / Math.max(1, sessions.length));
  const text = `${done} of ${sessions.length} completed`;
  return (
    <div class="overall">
      <div
        class="states"
        role="progressbar"
        aria-label={text}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        {all.toReversed().map(([word, count]) => (
          <span key={word} class={`is-${word}`} style={{ flexGrow: count }} />
        ))}
      </div>
      <span class="words">{text} · {percent}%</span>
    </div>
  );
}

/** When it was, in the reader's own way of writing it. */
export function Time({ ms, nowMs }: { ms: number; nowMs: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()}>{clockTime(ms, nowMs)}</time>
  );
}
