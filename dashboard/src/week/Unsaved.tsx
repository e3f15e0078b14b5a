import { useEffect, useRef } from "react";
import { MOST_DAYS, changesOf } from "./draft";
import type { useEditing } from "./useEditing";
import { summary } from "./labels";

/** What was just done, what isn't saved yet, and the way to save it; it stays in sight. */
export function Unsaved({ editing, onReview }: { editing: ReturnType<typeof useEditing>; onReview: () => void }) {
  const { draft, lines, savedLast, isBusy } = editing;
  const changes = changesOf(draft);
  const isTooMuch = changes.length > MOST_DAYS;
  const cannotSave = changes.length === 0 || isTooMuch;
  const told = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What was used may be gone now, a slot or a button: the keyboard goes on where it is said what was done.
    if (document.activeElement === document.body && lines.length > 0) {
      told.current!.focus({ preventScroll: true });
    }
  }, [lines]);
  return (
    <div className="unsaved" data-unsaved={changes.length > 0}>
      <div role="status" tabIndex={-1} ref={told}>
        {lines.map((line, i) => (
          <p key={i}>{line}</p>
        ))}
      </div>
      <div className="bar">
        <p>{changes.length === 0 ? "No unsaved changes." : `Not saved yet: ${summary(changes)}.`}</p>
        <div className="buttons">
          {savedLast && changes.length === 0 && (
            <button aria-disabled={isBusy} onClick={() => isBusy || void editing.undo(savedLast)}>
              Undo the save
            </button>
          )}
          {changes.length > 0 && (
            <>
              {draft.steps.length > 0 && <button onClick={editing.stepBack}>Step back</button>}
              <button onClick={editing.discard}>Discard</button>
            </>
          )}
          <button className="primary" aria-disabled={cannotSave} onClick={() => cannotSave || onReview()}>
            Review and save
          </button>
        </div>
      </div>
      {isTooMuch && (
        <p className="wrong">
          One save takes {MOST_DAYS} days at the most: step back, and repeat or clear fewer weeks at once.
        </p>
      )}
    </div>
  );
}
