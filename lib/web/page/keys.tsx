/** The keys: what each does, wherever it is pressed, and the list of them. */
/// <reference lib="dom" />
import { useEffect, useRef } from "preact/hooks";
import type { View } from "./page_model.ts";
import { NO_FILTER } from "./sessions.ts";
import { switchTheme } from "./theme.ts";

const KEYS: readonly [key: string, does: string][] = [
  ["/", "filter by text"],
  ["↑ ↓", "one session up or down (also k and j)"],
  ["Enter", "open the session with its log"],
  ["Esc", "close it; then clear the filter"],
  ["t", "light or dark"],
  ["?", "this help"],
];

/** What a key acts on. */
type KeyContext = View & { help: () => void };

/** Listens to keys. */
export function useKeys(context: KeyContext): void {
  // Keys may follow one another faster than effects do.
  const latest = useRef(context);
  latest.current = context;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector("dialog[open]") !== null) return;
      if (press(event, latest.current)) event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

/** What keys do where nobody types. */
const ACTIONS: Record<string, (context: KeyContext) => void> = {
  "/": ({ input }) => input.current?.focus(),
  "?": ({ help }) => help(),
  t: () => switchTheme(),
  j: (context) => move(context, 1),
  k: (context) => move(context, -1),
};

/** Returns whether the key was meant for the page. */
function press({ key, target }: KeyboardEvent, context: KeyContext): boolean {
  const isTyping = target === context.input.current;
  if (key === "Escape") {
    escape(context, isTyping);
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    if (hasArrows(target)) return false;
    move(context, key === "ArrowDown" ? 1 : -1);
  } else {
    const isElsewhere = isTyping || target instanceof HTMLSelectElement;
    if (isElsewhere || !Object.hasOwn(ACTIONS, key)) return false;
    ACTIONS[key]!(context);
  }
  return true;
}

/** Whether arrows choose or scroll something here. */
function hasArrows(target: EventTarget | null): boolean {
  return target instanceof Element &&
    target.closest("select, .details, .lanes") !== null;
}

function escape(context: KeyContext, isTyping: boolean): void {
  const { open, filter, input } = context;
  if (isTyping) input.current?.blur();
  if (open !== null && !isTyping) context.close();
  else context.setFilter({ ...NO_FILTER, workspace: filter.workspace });
}

function move({ groups, marked, mark }: KeyContext, step: 1 | -1): void {
  const keys = groups.flatMap(({ sessions }) => sessions.map(({ key }) => key));
  const from = marked === null ? -1 : keys.indexOf(marked);
  const to = from < 0 ? 0 : from + step;
  const key = keys[Math.max(0, Math.min(keys.length - 1, to))];
  if (key !== undefined) mark(key);
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
