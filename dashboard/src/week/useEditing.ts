import { useState } from "react";
import { ChangeSetNotFound, SlotBooked } from "slotledger-client";
import type { Api, Update } from "slotledger-client";
import { localTimeIn, slotName, timeOf } from "../clock";
import type { Slot, ZonedSlot } from "../clock";
import { addDays, longDate } from "../time";
import { t } from "../texts";
import { mayHaveBeenSaved, revertErrorText, revertText } from "../reverts";
import {
  addSlots,
  changeSlot as applyChange,
  dayChanges,
  discardEdits,
  isPast,
  lostChanges,
  removeSlots,
  slotsOf,
  undoStep,
  withSavedDays,
  withoutDays,
} from "./draft";
import type { Draft, DraftStore, Edited, VisibleSlot } from "./draft";
import { editingManyDays } from "./editingManyDays";
import { withUsualSlots } from "./manyDays";
import { includesSlot, isValidDuration } from "./slots";
import type { DatedSlot, SlotProblem } from "./slots";
import { startsBetween } from "./grid/gesture";
import { lengthText, notSavedYet, problemLines } from "./labels";
import { useShownWeek } from "./useShownWeek";

const MAX_LINES = 8;
const DAY_MINUTES = 24 * 60;

/**
 * Load the shown week of a tutor, and return functions that edit the draft and show messages. `shownDate` is a date of the
 * week; without it, the week is the current one.
 */
export function useEditing(api: Api, tutorId: string, store: DraftStore, shownDate: string | undefined) {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [lastChangeSetId, setLastChangeSetId] = useState<string | null>(null);
  const [actionError, setActionError] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);

  const shown = useShownWeek(api, tutorId, store, shownDate, (addLoadedDays) => replaceDraft(addLoadedDays(currentDraft())));
  const { currentDraft, draft, hasLoaded, zone, today, weekStart, days, accessError, reload, load } = shown;

  /** Store a draft that is based on newly loaded or saved days. Show the changes that aren't possible any more. */
  function replaceDraft(next: Draft, messages: readonly string[] = []) {
    const lost = lostChanges(currentDraft(), next);
    store.set(next);
    if (messages.length > 0 || lost.length > 0) {
      setLines([...messages, ...problemLines(next.zone, lost)]);
    }
  }

  /** Store a draft that the tutor has changed, and show what was changed. */
  function storeEdit(
    next: Draft,
    messages: readonly string[],
    problems: readonly SlotProblem[] = [],
    maxLines: number = MAX_LINES,
  ) {
    const problemTexts = problemLines(next.zone, problems);
    const hiddenCount = problemTexts.length - maxLines;
    store.set(next);
    setActionError(undefined);
    const more = hiddenCount > 0 ? [t.week.lines.andMore(hiddenCount)] : [];
    setLines([...messages, ...problemTexts.slice(0, maxLines), ...more]);
  }

  /** Return whether slots of a date and a zone can be edited. If they can't, show why. */
  function checkEditable(date: string, timeZone: string): boolean {
    if (!draft.loadedDays.has(date)) {
      setLines([t.week.lines.loading(longDate(date))]);
    } else if (isPast(date, { timeZone }, Date.now())) {
      setLines([t.week.lines.past(longDate(date))]);
    } else {
      return true;
    }
    return false;
  }

  /**
   * Offer a slot at `from` (minutes since midnight) on each of the days. If `to` is set, offer further slots in a row, as
   * long as they end by `to`. If one day can't be edited, show why; of several days, leave out those in the past.
   */
  function offer(days: readonly string[], durationMinutes: number, from: number, to: number | null = null) {
    const editable = days.length === 1 ? days : days.filter((date) => !isPast(date, { timeZone: zone }, Date.now()));
    if (!editable.every((date) => checkEditable(date, zone))) {
      return;
    }
    if (!isValidDuration(durationMinutes)) {
      setLines([lengthText()]);
      return;
    }
    const slots = new Map<string, ZonedSlot[]>();
    for (const date of editable) {
      for (const start of to === null ? [from] : startsBetween(from, to, durationMinutes)) {
        const dateOfStart = addDays(date, Math.floor(start / DAY_MINUTES));
        const slot = { time: timeOf(start % DAY_MINUTES), durationMinutes, timeZone: zone };
        slots.set(dateOfStart, [...(slots.get(dateOfStart) ?? []), slot]);
      }
    }
    const { draft: next, problems } = addSlots(currentDraft(), slots);
    const lines = [...slots].flatMap(([date, slots]) => {
      const before = slotsOf(draft, date);
      const added = slots.filter((slot) => includesSlot(slotsOf(next, date), slot) && !includesSlot(before, slot));
      const existing = slots.filter((slot) => includesSlot(before, slot));
      const day = longDate(date);
      return [
        ...(added.length > 0 ? [t.week.lines.toBeAdded(day, names(date, added))] : []),
        ...(existing.length > 0 ? [t.week.lines.alreadyThere(day, names(date, existing), existing.length)] : []),
      ];
    });
    storeEdit(next, lines, problems);
  }

  /** Give a slot another start, in the tutor's zone (minutes since midnight). Its zone stays. */
  function moveSlot(date: string, slot: VisibleSlot, toDate: string, from: number) {
    changeSlot(date, slot, { ...slot, ...localTimeIn(slot.timeZone, zone, toDate, from) });
  }

  /** Give a slot another start, length or zone. If that doesn't fit, show why, and leave the slot as it is. */
  function changeSlot(date: string, slot: VisibleSlot, to: DatedSlot) {
    if (!checkEditable(date, slot.timeZone) || !checkEditable(to.date, to.timeZone)) {
      return;
    }
    if (!isValidDuration(to.durationMinutes)) {
      setLines([lengthText()]);
      return;
    }
    const { draft: next, problems } = applyChange(currentDraft(), { ...slot, date }, to);
    const [before, after] = [slotName(zone, date, slot), slotName(zone, to.date, to)];
    const target = to.date === date ? after : `${longDate(to.date)}, ${after}`;
    storeEdit(next, problems.length > 0 || next === draft ? [] : [t.week.lines.becomes(longDate(date), before, target)], problems);
  }

  function names(date: string, slots: readonly ZonedSlot[]): string {
    return slots.map((slot) => slotName(zone, date, slot)).join(", ");
  }

  /** Remove a slot. If the draft already adds or removes this slot, undo this change. Booked slots stay. */
  function toggle(date: string, slot: VisibleSlot) {
    const name = `${longDate(date)}, ${slotName(zone, date, slot)}`;
    if (slot.state === "booked") {
      setLines([t.week.lines.booked(name)]);
    } else if (slot.state === "held") {
      setLines([t.week.lines.held(name)]);
    } else if (slot.state === "removed") {
      const { draft: next, problems } = addSlots(currentDraft(), new Map([[date, [slot]]]));
      storeEdit(next, problems.length === 0 ? [t.week.lines.stays(name)] : [], problems);
    } else if (slot.state === "added") {
      storeEdit(removeSlots(currentDraft(), new Map([[date, [slot]]])), [t.week.lines.notAdded(name)]);
    } else if (checkEditable(date, slot.timeZone)) {
      storeEdit(removeSlots(currentDraft(), new Map([[date, [slot]]])), [t.week.lines.toBeRemoved(name)]);
    }
  }

  /** Do work that waits for the server. `isBusy` is true until the work ends. If the work fails, show the error. */
  async function runBusy(work: () => Promise<void>) {
    setIsBusy(true);
    setActionError(undefined);
    try {
      await work();
    } catch (error) {
      setActionError(error as Error);
    } finally {
      setIsBusy(false);
    }
  }

  /** Load days and edit them in one step. Show what `messagesOf` returns, and what didn't fit. */
  function editMany(
    [first, last]: readonly [string, string],
    edit: (loaded: Draft) => Edited,
    messagesOf: (edited: Edited) => readonly string[],
    maxLines?: number,
  ) {
    return runBusy(async () => {
      const addLoadedDays = await load(first, last);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const edited = edit(loaded);
      storeEdit(edited.draft, messagesOf(edited), [...lost, ...edited.problems], maxLines);
    });
  }

  /** Give a day the slots of the usual week again. */
  function backToUsual(date: string, usual: readonly Slot[]) {
    const { draft: next, problems } = withUsualSlots(currentDraft(), date, usual, Date.now());
    storeEdit(next, [`${notSavedYet(t.week.lines.asUsual(longDate(date)), next)} ${t.week.lines.byHand}`], problems);
  }

  /** Remove the edits of days that are in the past now. Return whether any edit is left to save. */
  function prepareReview(): boolean {
    const now = Date.now();
    const past = dayChanges(currentDraft()).filter(({ date, added, removed }) =>
      [...added, ...removed].some((slot) => isPast(date, slot, now)),
    );
    if (past.length > 0) {
      const names = past.map(({ date }) => longDate(date)).join(", ");
      const next = withoutDays(currentDraft(), past.map(({ date }) => date));
      storeEdit(next, [t.week.lines.nowPast(names)]);
    }
    return currentDraft().edits.size > 0;
  }

  /** Update the draft after a save, and show what was saved. */
  function onSaved(savedEdits: Draft["edits"], update: Update, messages?: readonly string[]) {
    const { added, removed } = update.changes;
    const history = update.audit === "deferred" ? ` ${t.week.lines.historyLater}` : "";
    const message = update.changeSetId === null ? t.week.lines.alreadySaved : t.week.lines.saved(added, removed);
    replaceDraft(withSavedDays(currentDraft(), savedEdits, update.days), messages ?? [message + history]);
    setLastChangeSetId(update.changeSetId);
    reload();
  }

  /** Revert a save, and show what was undone or why not. */
  function undoSave(changeSetId: string) {
    return runBusy(async () => {
      try {
        const update = await api.availability.revert(tutorId, changeSetId);
        replaceDraft(withSavedDays(currentDraft(), new Map(), update.days), [revertText(update)]);
        setLastChangeSetId(null);
      } catch (error) {
        const text = undoErrorText(error as Error);
        if (text === undefined) {
          throw error;
        }
        setLines([text]);
      } finally {
        reload();
      }
    });
  }

  return {
    ...{ draft, hasLoaded, zone, today: today(), weekStart, days, reload, lines, lastChangeSetId, isBusy },
    showLines: setLines,
    clearError: () => setActionError(undefined),
    error: days.error ?? actionError ?? accessError,
    ...{ offer, toggle, moveSlot, changeSlot, backToUsual, prepareReview, replaceDraft, onSaved, undoSave },
    ...editingManyDays({ zone, today, weekStart, editMany, showLines: setLines }),
    undoStep: () => storeEdit(undoStep(currentDraft()), [t.week.lines.undone]),
    discard() {
      storeEdit(discardEdits(currentDraft()), [t.week.lines.discarded]);
      reload(); // others may have edited the same days
    },
  };
}

/** Return why the last save wasn't undone. Return undefined if `ErrorMessage` has the text for the error. */
function undoErrorText(error: Error): string | undefined {
  if (error instanceof ChangeSetNotFound) {
    return t.week.lines.cannotUndoYet;
  }
  if (error instanceof SlotBooked) {
    return t.week.lines.cannotUndoBooked;
  }
  if (mayHaveBeenSaved(error)) {
    return t.week.lines.undoUncertain;
  }
  return revertErrorText(error);
}
