import { useRef, useState } from "react";
import { InvalidRequest, SlotBooked, VersionMismatch } from "slotledger-client";
import type { Api, EditReason, Update } from "slotledger-client";
import { useAnswer } from "../useAnswer";
import { daysToSave } from "./draft";
import type { Draft } from "./draft";

interface ReviewForm {
  /** The reason that the viewer has chosen. If it is undefined, the review suggests a reason. */
  reason?: EditReason;
  notes: string;
}

/**
 * Preview a draft with a dry run, and save it.
 *
 * - A draft is saved once, even if the button is clicked twice.
 * - The reason and the note stay when the review is closed and opened again. They are cleared when the draft is saved
 *   or the view is left.
 * - The review can't be closed during a save, so that the tutor sees the result.
 */
export function useSaving(
  api: Api,
  tutorId: string,
  draft: Draft,
  onSaved: (savedEdits: Draft["edits"], update: Update) => void,
) {
  const [isOpen, setIsOpen] = useState(false);
  const [form, setForm] = useState<ReviewForm>({ notes: "" });
  const [saveError, setSaveError] = useState<Error>();
  const [isSaving, setIsSaving] = useState(false);
  const isInFlight = useRef(false);
  const days = isOpen ? daysToSave(draft) : [];
  const preview = useAnswer(
    "save preview",
    [tutorId, days],
    async (signal) => (days.length === 0 ? null : api.availability.updateDays(tutorId, days, { dryRun: true, signal })),
    { isKept: false },
  );

  async function save(reason: EditReason) {
    if (isInFlight.current) {
      return; // `aria-disabled` doesn't stop clicks, so ignore a second click
    }
    isInFlight.current = true;
    setIsSaving(true);
    setSaveError(undefined);
    try {
      const options = { reason, notes: form.notes.trim() || null };
      const update = await api.availability.updateDays(tutorId, daysToSave(draft), options);
      setIsOpen(false);
      setForm({ notes: "" });
      onSaved(draft.edits, update);
    } catch (error) {
      // A conflict is solved in the review. The preview shows which slots are booked.
      if (error instanceof SlotBooked || error instanceof VersionMismatch || error instanceof InvalidRequest) {
        setIsOpen(true);
      }
      if (error instanceof SlotBooked) {
        preview.reload();
      } else {
        setSaveError(error as Error);
      }
    } finally {
      isInFlight.current = false;
      setIsSaving(false);
    }
  }

  return {
    ...{ isOpen, days, form, setForm, preview, isSaving, save },
    error: preview.error ?? saveError,
    open: () => setIsOpen(true),
    close: () => !isInFlight.current && (setIsOpen(false), setSaveError(undefined)),
    clearError: () => setSaveError(undefined),
  };
}

/** Return the reason that a save has unless the viewer chooses another. */
export function suggestedReason(draft: Draft, isAdmin: boolean): EditReason {
  return isAdmin && draft.reason === "tutor_edit" ? "admin_action" : draft.reason;
}
