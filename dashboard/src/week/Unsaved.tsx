import { useEffect, useRef } from "react";
import { MAX_DAYS, dayChanges } from "./draft";
import type { useEditing } from "./useEditing";
import { unsavedText } from "./labels";

/** The bar below the week: messages, the number of unsaved changes, and buttons to undo, discard and save them. */
export function Unsaved({ editing, onReview }: { editing: ReturnType<typeof useEditing>; onReview: () => void }) {
  const { draft, lines, lastChangeSetId, isBusy } = editing;
  const changes = dayChanges(draft);
  const hasTooManyDays = changes.length > MAX_DAYS;
  const canSave = changes.length > 0 && !hasTooManyDays;
  const status = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // If the element with the focus was removed from the page, move the focus to the message.
    if (document.activeElement === document.body && lines.length > 0) {
      status.current!.focus({ preventScroll: true });
    }
  }, [lines]);
  return (
    <div className="unsaved" data-unsaved={changes.length > 0}>
      <div role="status" tabIndex={-1} ref={status}>
        {lines.map((line, i) => (
          <p key={i}>{line}</p>
        ))}
      </div>
      <div className="bar">
        <p>{unsavedText(changes)}</p>
        <div className="buttons">
          {lastChangeSetId && changes.length === 0 && (
            <button aria-disabled={isBusy} onClick={() => isBusy || void editing.undoSave(lastChangeSetId)}>
              Undo the save
            </button>
          )}
          {changes.length > 0 && (
            <>
              {draft.steps.length > 0 && <button onClick={editing.undoStep}>Undo</button>}
              <button onClick={editing.discard}>Discard</button>
            </>
          )}
          <button className="primary" aria-disabled={!canSave} onClick={() => canSave && onReview()}>
            Review and save
          </button>
        </div>
      </div>
      {hasTooManyDays && (
        <p className="invalid">
          You can save at most {MAX_DAYS} days at a time. Undo, then repeat or clear fewer weeks.
        </p>
      )}
    </div>
  );
}
