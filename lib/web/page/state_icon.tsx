/** The sign of a state: a shape as well as a colour, and its word. */
import type { VerdictWord } from "../../session/verdict.ts";
import { WORDS } from "./sessions.ts";

const SHAPES: Record<VerdictWord, string> = {
  completed: "M3.5 8.5l3 3 6-7",
  failed: "M4 4l8 8M12 4l-8 8",
  timed_out: "M8 4v4.2l3 1.8M8 1.8a6.2 6.2 0 1 0 .01 0z",
  crashed: "M9 1.5L4 9h3.5L7 14.5 12 7H8.5z",
  unreadable: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9.2 8 10M8 12.6v.2",
  waiting: "M5.5 4v8M10.5 4v8",
  stale: "M4.5 2h7M4.5 14h7M5 2c0 4 6 4 6 6s-6 2-6 6M11 2c0 4-6 4-6 6s6 2 6 6",
  running: "M8 2a6 6 0 1 1-5.2 3",
  pending: "M4.5 8h.1M8 8h.1M11.5 8h.1",
};

/** The sign alone; its word is for who cannot see it. */
export function StateIcon({ word }: { word: VerdictWord }) {
  return (
    <span class={`icon is-${word}`}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path
          d={SHAPES[word]}
          fill="none"
          stroke="currentColor"
          stroke-width="2"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
      <span class="unseen">{WORDS[word]}</span>
    </span>
  );
}
