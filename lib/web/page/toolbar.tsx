/** The top of the page: its title, the bar of all states, and the filters. */
import { displayName } from "../../report/sanitize.ts";
import type { View } from "./page_model.ts";
import { IconButton, StateIcon } from "./parts.tsx";
import { counts, filtered, NO_FILTER, STATES, zoneAt } from "./sessions.ts";
import type { Connection } from "./source.ts";
import { switchTheme } from "./theme.ts";

const CONNECTIONS: Record<Exclude<Connection, "report">, string> = {
  connecting: "Connecting…",
  live: "Live",
  lost: "Connection lost, trying again…",
};

export function Head({ place, connection, takenMs, setHelp }: View) {
  return (
    <header class="head">
      <h1>
        <span class="mark" aria-hidden="true" />
        <span class="unseen">ptrack:</span>
        <bdi>{place}</bdi>
      </h1>
      <span class={`connection is-${connection}`} role="status">
        {connection === "report"
          ? `Report of ${new Date(takenMs).toLocaleString()} ` +
            `(${zoneAt(takenMs)})`
          : CONNECTIONS[connection]}
      </span>
      <IconButton
        label="Switch between light and dark"
        shortcut="t"
        onClick={switchTheme}
      >
        <svg class="theme" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 2a6 6 0 1 0 0 12z" />
          <circle cx="8" cy="8" r="6" />
        </svg>
      </IconButton>
      <IconButton label="Keys" shortcut="?" onClick={() => setHelp(true)}>
        ?
      </IconButton>
    </header>
  );
}

/** All sessions as one bar, and how far they are together. */
export function Overall({ sessions }: View) {
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
      >
        {counts(sessions).reverse().map(([word, count]) => (
          <span key={word} class={`is-${word}`} style={{ flexGrow: count }} />
        ))}
      </div>
      <span class="words">{text} · {percent}%</span>
    </div>
  );
}

/** A field for text, the workspaces, and a switch for each state. */
export function Filters(
  { sessions, workspaces, filter, setFilter, input }: View,
) {
  const { workspace } = filter;
  const shown = filtered(sessions, { ...NO_FILTER, workspace });
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
          setFilter({ text: currentTarget.value })}
      />
      {workspaces.length > 1 && (
        <select
          aria-label="Workspace"
          value={workspace ?? ""}
          onChange={({ currentTarget }) =>
            setFilter({ workspace: currentTarget.value || null })}
        >
          <option value="">All workspaces</option>
          {workspaces.map((name) => (
            <option key={name} value={name}>{displayName(name)}</option>
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
            onClick={() =>
              setFilter({ word: filter.word === word ? null : word })}
          >
            <StateIcon word={word} />
            <strong>{count}</strong>
            <span aria-hidden="true">{STATES[word]}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
