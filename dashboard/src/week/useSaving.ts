import { useRef, useState } from "react";
import { SlotBooked } from "slotledger-client";
import type { Api, Reason, Update } from "slotledger-client";
import { useRequest } from "../useRequest";
import { daysToSave } from "./draft";
import type { Draft } from "./draft";

interface Wishes {
  /** As the last step suggests it, unless it was chosen. */
  reason?: Reason;
  notes: string;
}

/**
 * Previews a draft, and saves it: once, however often it is asked for. Reason and note outlast what comes in between;
 * while it is being saved, the review stays open, so that what comes of it is seen.
 */
export function useSaving(
  api: Api,
  tutorId: string,
  draft: Draft,
  onSaved: (sent: Draft["wanted"], update: Update) => void,
) {
  const [isOpen, setIsOpen] = useState(false);
  const [wishes, setWishes] = useState<Wishes>({ notes: "" });
  const [refusal, setRefusal] = useState<Error>();
  const [isSaving, setIsSaving] = useState(false);
  const isSent = useRef(false);
  const days = isOpen ? daysToSave(draft) : [];
  const preview = useRequest(JSON.stringify(days), (signal) =>
    days.length === 0 ? Promise.resolve(null) : api.availability.updateDays(tutorId, days, { dryRun: true, signal }),
  );

  async function save(reason: Reason) {
    if (isSent.current) {
      return; // a second click, before the button was seen to be off
    }
    isSent.current = true;
    setIsSaving(true);
    setRefusal(undefined);
    try {
      const options = { reason, notes: wishes.notes.trim() || null };
      const update = await api.availability.updateDays(tutorId, days, options);
      setIsOpen(false);
      setWishes({ notes: "" });
      onSaved(draft.wanted, update);
    } catch (error) {
      setIsOpen(true);
      if (error instanceof SlotBooked) {
        preview.again(); // which says which slots, and how the days stand now
      } else {
        setRefusal(error as Error);
      }
    } finally {
      isSent.current = false;
      setIsSaving(false);
    }
  }

  return {
    ...{ isOpen, days, wishes, setWishes, preview, isSaving, save },
    error: preview.error ?? refusal,
    open: () => setIsOpen(true),
    close: () => !isSent.current && (setIsOpen(false), setRefusal(undefined)),
    /** What was in the way is settled. */
    settled: () => setRefusal(undefined),
  };
}
