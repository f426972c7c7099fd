/** The keys: what each does, wherever it is pressed, and the list of them. */
import { useEffect, useRef } from "preact/hooks";
import type { View } from "./page_model.ts";
import { useEvent } from "./parts.tsx";
import { switchTheme } from "./theme.ts";

const KEYS: readonly [key: string, does: string][] = [
  ["/", "filter by text"],
  ["↑ ↓", "one session up or down (also k and j)"],
  ["Enter", "open the session with its log"],
  ["Esc", "close it; then clear the filter"],
  ["t", "light or dark"],
  ["?", "this help"],
];

export function useKeys(view: View): void {
  useEvent(globalThis, "keydown", (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") !== null) return;
    if (press(event, view)) event.preventDefault();
  });
}

/** What keys do where nobody types. */
const ACTIONS: Record<string, (view: View) => void> = {
  "/": ({ input }) => input.current?.focus(),
  "?": ({ setHelp }) => setHelp(true),
  t: () => switchTheme(),
  j: (view) => move(view, 1),
  k: (view) => move(view, -1),
};

/** Returns whether the key was meant for the page. */
function press({ key, target }: KeyboardEvent, view: View): boolean {
  const isTyping = target === view.input.current;
  if (key === "Escape") {
    escape(view, isTyping);
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    // In these places arrows choose or scroll.
    const place = target instanceof Element &&
      target.closest("select, .details, .lanes");
    if (place) return false;
    move(view, key === "ArrowDown" ? 1 : -1);
  } else {
    const isElsewhere = isTyping || target instanceof HTMLSelectElement;
    if (isElsewhere || !Object.hasOwn(ACTIONS, key)) return false;
    ACTIONS[key]!(view);
  }
  return true;
}

function escape(view: View, isTyping: boolean): void {
  if (isTyping) view.input.current?.blur();
  if (view.open !== null && !isTyping) view.close();
  else view.setFilter({ text: "", word: null });
}

function move({ groups, marked, mark }: View, step: 1 | -1): void {
  const sessions = groups.flatMap((group) => group.sessions);
  const from = marked === null ? -1 : sessions.indexOf(marked);
  const to = from < 0 ? 0 : from + step;
  const session = sessions[Math.max(0, Math.min(sessions.length - 1, to))];
  if (session !== undefined) mark(session.key);
}

/** The list of keys, in a dialog that is shown until it is closed. */
export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
