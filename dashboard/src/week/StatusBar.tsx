import { useEffect, useRef } from "react";
import { ErrorMessage } from "../ErrorMessage";
import { t } from "../texts";
import { MAX_DAYS, dayChanges } from "./draft";
import type { useEditing } from "./useEditing";
import { consequenceText, notSavedText } from "./labels";

interface StatusBarProps {
  editing: ReturnType<typeof useEditing>;
  isSaving: boolean;
  /** Whether another tab has unsaved changes of this tutor. */
  isEditedElsewhere: boolean;
  error: Error | undefined;
  onSave: () => void;
  onReview: () => void;
}

/**
 * One line that is always there: what isn't saved and what it means for students, or that everything is saved. Messages
 * about the last action are above it, over the week, so that nothing moves.
 */
export function StatusBar({ editing, isSaving, isEditedElsewhere, error, onSave, onReview }: StatusBarProps) {
  const { draft, lines, lastChangeSetId, isBusy } = editing;
  const changes = dayChanges(draft);
  const isUnsaved = changes.length > 0;
  const hasTooManyDays = changes.length > MAX_DAYS;
  const canSave = isUnsaved && !hasTooManyDays && !isSaving;
  const status = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // If the element with the focus was removed from the page, move the focus to the message.
    if (document.activeElement === document.body && lines.length > 0) {
      status.current!.focus({ preventScroll: true });
    }
  }, [lines]);
  useKeys({ canUndo: draft.steps.length > 0, undo: editing.undoStep, save: () => canSave && onSave() });
  return (
    <div className="status-bar" data-unsaved={isUnsaved}>
      {error && (
        <div className="over">
          <ErrorMessage error={error} />
        </div>
      )}
      <div role="status" tabIndex={-1} ref={status} className={lines.length > 0 || isEditedElsewhere ? "over messages" : "messages"}>
        {isEditedElsewhere && (
          <p>{t.week.status.elsewhere}</p>
        )}
        {lines.map((line, i) => (
          <p key={i}>{line}</p>
        ))}
        {lines.length > 0 && (
          <button type="button" className="quiet icon" aria-label={t.week.status.hide} onClick={() => editing.showLines([])}>
            <svg className="i" viewBox="0 0 20 20" aria-hidden="true">
              <path d="M5 5l10 10M15 5L5 15" />
            </svg>
          </button>
        )}
      </div>
      <p className="what">
        <b>{isUnsaved ? notSavedText(changes) : t.week.status.saved}</b>{" "}
        <span className={hasTooManyDays ? "invalid" : "wide"}>
          {hasTooManyDays
            ? t.week.status.tooManyDays(MAX_DAYS)
            : isUnsaved
              ? consequenceText(changes)
              : t.week.status.hint}
        </span>
      </p>
      {!isUnsaved && lastChangeSetId && (
        <button className="quiet" aria-disabled={isBusy} onClick={() => isBusy || void editing.undoSave(lastChangeSetId)}>
          {t.week.status.undoSave}
        </button>
      )}
      {isUnsaved && (
        <div className="actions">
          {draft.steps.length > 0 && (
            <button className="quiet" aria-keyshortcuts="Control+Z" onClick={editing.undoStep}>
              {t.week.status.undo}{" "}
              <kbd className="wide" aria-hidden="true">
                {t.week.status.undoKeys}
              </kbd>
            </button>
          )}
          <button className="quiet wide" onClick={editing.discard}>
            {t.week.status.discard}
          </button>
          <button className="quiet" aria-disabled={!canSave} onClick={() => canSave && onReview()}>
            {t.week.status.review}
          </button>
          <button className="primary" aria-keyshortcuts="Control+Enter" aria-disabled={!canSave} onClick={() => canSave && onSave()}>
            {isSaving ? t.week.status.saving : t.week.status.save}
          </button>
        </div>
      )}
    </div>
  );
}

/** Undo with Ctrl-Z outside of text fields, and save with Ctrl-Enter. On Apple's keyboards, that is the Command key. */
function useKeys(actions: { canUndo: boolean; undo: () => void; save: () => void }) {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isInField = (event.target as Element).closest?.("input, textarea, select, dialog") != null;
      if (!(event.ctrlKey || event.metaKey) || event.defaultPrevented) {
        return;
      }
      if (event.key === "z" && !event.shiftKey && !isInField && latest.current.canUndo) {
        event.preventDefault();
        latest.current.undo();
      } else if (event.key === "Enter" && !isInField) {
        event.preventDefault();
        latest.current.save();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
