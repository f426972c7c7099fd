/** The keys, in a dialog. */
/// <reference lib="dom" />
import { useEffect, useRef } from "preact/hooks";

const KEYS: readonly [key: string, does: string][] = [
  ["/", "filter by text"],
  ["↑ ↓", "one session up or down (also k and j)"],
  ["Enter", "open the session with its log"],
  ["Esc", "close it; then clear the filter"],
  ["t", "light or dark"],
  ["?", "this help"],
];

/** Shown until it is closed. */
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
