/** What the keys do, wherever on the page they are pressed. */
/// <reference lib="dom" />
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Filter, type Group, NO_FILTER } from "./sessions.ts";

/** What there is when a key is pressed. */
export interface KeyState {
  groups: readonly Group[];
  marked: string | null;
  isOpen: boolean;
  filter: Filter;
  input: RefObject<HTMLInputElement | null>;
}

/** What a key can do. */
export interface KeyActions {
  mark(key: string): void;
  close(): void;
  filter(filter: Filter): void;
  help(): void;
  theme(): void;
}

/** Listens to keys. */
export function useKeys(state: KeyState, actions: KeyActions): void {
  // Keys may follow one another faster than effects do.
  const latest = useRef({ state, actions });
  latest.current = { state, actions };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector("dialog[open]") !== null) return;
      const { state, actions } = latest.current;
      if (press(event, state, actions)) event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

/** Returns whether the key was meant for the page. */
function press(
  event: KeyboardEvent,
  state: KeyState,
  actions: KeyActions,
): boolean {
  const { key, target } = event;
  const isTyping = target === state.input.current;
  if (key === "Escape") return escape(state, actions, isTyping);
  if (key === "ArrowDown" || key === "ArrowUp") {
    if (hasArrows(target)) return false;
    return move(state, actions, key === "ArrowDown" ? 1 : -1);
  }
  if (isTyping || target instanceof HTMLSelectElement) return false;
  switch (key) {
    case "/":
      state.input.current?.focus();
      return true;
    case "?":
      actions.help();
      return true;
    case "t":
      actions.theme();
      return true;
    case "j":
    case "k":
      return move(state, actions, key === "j" ? 1 : -1);
  }
  return false;
}

/** What is chosen from, or scrolled, by arrows of its own. */
function hasArrows(target: EventTarget | null): boolean {
  return target instanceof Element &&
    target.closest("select, .details, .lanes") !== null;
}

function escape(
  { isOpen, filter, input }: KeyState,
  actions: KeyActions,
  isTyping: boolean,
): boolean {
  if (isTyping) input.current?.blur();
  if (isOpen && !isTyping) actions.close();
  else actions.filter({ ...NO_FILTER, workspace: filter.workspace });
  return true;
}

/** From the session that has the mark; whatever has the focus is marked. */
function move(
  { groups, marked }: KeyState,
  actions: KeyActions,
  step: 1 | -1,
): boolean {
  const keys = groups.flatMap(({ sessions }) => sessions.map(({ key }) => key));
  if (keys.length === 0) return false;
  const from = marked === null ? -1 : keys.indexOf(marked);
  const to = from < 0 ? 0 : from + step;
  actions.mark(keys[Math.max(0, Math.min(keys.length - 1, to))]!);
  return true;
}
