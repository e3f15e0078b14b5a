import { MOST_DAYS, changesOf } from "./draft";
import type { useEditing } from "./useEditing";
import { summary } from "./words";

/** What was just done, what isn't saved yet, and the way to save it; it stays in sight. */
export function Unsaved({ editing, onReview }: { editing: ReturnType<typeof useEditing>; onReview: () => void }) {
  const { draft, done, isBusy } = editing;
  const changes = changesOf(draft);
  const isTooMuch = changes.length > MOST_DAYS;
  return (
    <div className="unsaved" data-unsaved={changes.length > 0}>
      <div role="status">
        {done.lines.map((line, i) => (
          <p key={i}>{line}</p>
        ))}
      </div>
      <div className="bar">
        <p>{changes.length === 0 ? "No unsaved changes." : `Not saved yet: ${summary(changes)}.`}</p>
        <div className="buttons">
          {done.changeSetId && changes.length === 0 && (
            <button disabled={isBusy} onClick={() => void editing.undo(done.changeSetId!)}>
              Undo the save
            </button>
          )}
          {changes.length > 0 && (
            <>
              <button disabled={draft.steps.length === 0} onClick={editing.stepBack}>
                Step back
              </button>
              <button onClick={editing.discard}>Discard</button>
            </>
          )}
          <button className="primary" disabled={changes.length === 0 || isTooMuch} onClick={onReview}>
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
