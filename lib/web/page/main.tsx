/**
 * The program of the page: finds out whether it is live or a report, and draws.
 * It is bundled by `make`; what it uses of the rest of ptrack is pure.
 */
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { displayName, sanitize } from "../../report/sanitize.ts";
import type { PageData } from "../page_data.ts";
import { Details } from "./details.tsx";
import { Help, useKeys } from "./keys.tsx";
import { useView } from "./page_model.ts";
import { SessionList } from "./session_list.tsx";
import { titleOf } from "./sessions.ts";
import { liveSource, reportSource, type Source } from "./source.ts";
import { restoreTheme } from "./theme.ts";
import { Timeline } from "./timeline.tsx";
import { Filters, Head, Overall } from "./toolbar.tsx";

function App({ source }: { source: Source }) {
  const view = useView(source);
  const { sessions, shown, open } = view;
  useKeys(view);
  useEffect(() => {
    document.title = titleOf(sessions, view.place);
  });
  return (
    <>
      <div class={`page ${open === null ? "" : "with-details"}`}>
        <Head {...view} />
        {source.notes.length > 0 && (
          <ul class="notes" aria-label="Notes">
            {source.notes.map(({ id, text }, index) => (
              <li key={index}>
                {id !== "" && <strong dir="auto">{displayName(id)}</strong>}
                {" "}
                <bdi>{sanitize(text)}</bdi>
              </li>
            ))}
          </ul>
        )}
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
      {open !== null && <Details key={open.key} session={open} {...view} />}
      {view.showsHelp && <Help onClose={() => view.setHelp(false)} />}
      <p class="unseen" aria-live="polite">{view.announcement}</p>
    </>
  );
}

const text = document.getElementById("data")!.textContent ?? "";
const data: PageData = JSON.parse(text);
const source = data.kind === "live" ? liveSource() : reportSource(data);
const root = document.getElementById("app")!;
restoreTheme();
root.replaceChildren();
render(<App source={source} />, root);
