/** The whole page. */
/// <reference lib="dom" />
import { useEffect } from "preact/hooks";
import { displayName, sanitize } from "../../report/sanitize.ts";
import { Details } from "./details.tsx";
import { Help, useKeys } from "./keys.tsx";
import { useView } from "./page_model.ts";
import { SessionList } from "./session_list.tsx";
import { titleOf } from "./sessions.ts";
import type { Source } from "./source.ts";
import { Timeline } from "./timeline.tsx";
import { Filters, Head, Overall } from "./toolbar.tsx";

/** The page of a source. */
export function App({ source }: { source: Source }) {
  const view = useView(source);
  const { sessions, shown, open } = view;
  useKeys(view);
  const title = titleOf(sessions, view.place);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <div class={`page ${open === null ? "" : "with-details"}`}>
        <Head {...view} />
        <Notes notes={source.notes} />
        <main>
          {sessions.length > 0 && <Overall {...view} />}
          <Filters {...view} />
          <Timeline {...view} />
          <SessionList {...view} />
          {view.takenMs > 0 && shown.length === 0 && (
            <p class="empty">
              {sessions.length === 0
                ? "No sessions yet. They appear here as they start."
                : "No sessions match. Esc clears the filter."}
            </p>
          )}
        </main>
      </div>
      {open !== null && <Details session={open} source={source} view={view} />}
      {view.showsHelp && <Help onClose={() => view.setHelp(false)} />}
      <p class="unseen" aria-live="polite">{view.announcement}</p>
    </>
  );
}

function Notes({ notes }: Pick<Source, "notes">) {
  if (notes.length === 0) return null;
  return (
    <ul class="notes" aria-label="Notes">
      {notes.map(({ id, text }, index) => (
        <li key={index}>
          {id !== "" && (
            <strong>
              <bdi>{displayName(id)}</bdi>
            </strong>
          )} <bdi>{sanitize(text)}</bdi>
        </li>
      ))}
    </ul>
  );
}
