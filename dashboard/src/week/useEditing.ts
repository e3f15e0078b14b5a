import { useEffect, useState } from "react";
import { ChangeSetNotFound, Forbidden, SlotBooked, Unauthenticated } from "slotledger-client";
import type { Api, AvailabilityOptions, Update } from "slotledger-client";
import { dateAt, drawnSpan, slotName } from "../clock";
import type { Slot } from "../clock";
import { addDays, longDate, mondayOf, viewersZone } from "../time";
import { mayHaveBeenSaved, revertErrorText, revertText } from "../reverts";
import { useRequest } from "../useRequest";
import type { RequestState } from "../useRequest";
import {
  EMPTY_DRAFT,
  addSlots,
  clearDays,
  copyDays,
  dayChanges,
  discardEdits,
  includesSlot,
  lostChanges,
  removeSlots,
  slotsOf,
  undoStep,
  withLoadedDays,
  withSavedDays,
  withoutDays,
  withoutSlots,
} from "./draft";
import type { Draft, DraftStore, SlotProblem, VisibleSlot } from "./draft";
import { changesText, problemLines } from "./labels";

const MAX_LINES = 8;
const DURATION_MINUTES = { min: 5, max: 720 };

/** Load the shown week of a tutor, and return functions that edit the draft and show messages. */
export function useEditing(api: Api, tutorId: string, store: DraftStore) {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [lastChangeSetId, setLastChangeSetId] = useState<string | null>(null);
  const [actionError, setActionError] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const [chosenMonday, setMonday] = useState<string>();

  // Read the draft from the store each time, because the draft may change while an answer is awaited.
  const currentDraft = () => store.get() ?? EMPTY_DRAFT;
  const draft = currentDraft();
  // Answers have the tutor's time zone. Until the first answer comes, use the viewer's time zone.
  const hasLoaded = draft.loadedDays.size > 0;
  const zone = hasLoaded ? draft.zone : viewersZone();
  const today = () => dateAt(zone, Date.now());
  const monday = chosenMonday ?? mondayOf(today());
  const sunday = addDays(monday, 6);
  useEffect(() => {
    if (hasLoaded) {
      setMonday(monday); // so that the calendar stays on this week when a new week begins
    }
  }, [hasLoaded]);

  const days = useRequest(`${tutorId} ${monday}`, (signal) => load(monday, sunday, { signal }));
  // A second request, with `explain`, adds why slots are booked. Its answer needs the log, which may be slow. Show the
  // week before this answer comes.
  const explanations = useRequest(`${tutorId} ${monday}`, (signal) => load(monday, sunday, { explain: true, signal }));
  useEachAnswer(days, (addLoadedDays) => replaceDraft(addLoadedDays(currentDraft())));
  useEachAnswer(explanations, (addLoadedDays) => replaceDraft(addLoadedDays(currentDraft())));
  const accessError = [Forbidden, Unauthenticated].some((kind) => explanations.error instanceof kind)
    ? explanations.error
    : undefined;

  function reload() {
    days.reload();
    explanations.reload();
  }

  /** Load a range of dates. Return a function that adds the loaded days to a draft. */
  async function load(first: string, last: string, options?: AvailabilityOptions): Promise<(draft: Draft) => Draft> {
    const answer = await api.availability.getAvailability(tutorId, first, last, options);
    return (draft) => withLoadedDays(draft, answer.timeZone, datesBetween(first, last), answer.days);
  }

  /** Store a draft that is based on newly loaded or saved days. Show the changes that aren't possible any more. */
  function replaceDraft(next: Draft, messages: readonly string[] = []) {
    const lost = lostChanges(currentDraft(), next);
    store.set(next);
    if (messages.length > 0 || lost.length > 0) {
      setLines([...messages, ...problemLines(lost)]);
    }
  }

  /** Store a draft that the tutor has changed, and show what was changed. */
  function storeEdit(next: Draft, messages: readonly string[], problems: readonly SlotProblem[] = []) {
    const problemTexts = problemLines(problems);
    const hiddenCount = problemTexts.length - MAX_LINES;
    store.set(next);
    setActionError(undefined);
    const more = hiddenCount > 0 ? [`And ${hiddenCount} more.`] : [];
    setLines([...messages, ...problemTexts.slice(0, MAX_LINES), ...more]);
  }

  /** Return whether a day can be edited. If it can't, show why. */
  function checkEditable(date: string): boolean {
    if (!draft.loadedDays.has(date)) {
      setLines([`${longDate(date)} is still loading. Try again when its slots are shown.`]);
    } else if (date < today()) {
      setLines([`${longDate(date)} is in the past and can't be changed.`]);
    } else {
      return true;
    }
    return false;
  }

  /**
   * Add a slot at `from` (minutes since midnight). If `to` is set, add further slots in a row, as long as they end by
   * `to`.
   */
  function addBetween(date: string, durationMinutes: number, from: number, to: number | null = null) {
    if (!checkEditable(date)) {
      return;
    }
    if (!isValidDuration(durationMinutes)) {
      setLines([`Length in minutes: use a whole number from ${DURATION_MINUTES.min} to ${DURATION_MINUTES.max}.`]);
      return;
    }
    const starts = [from];
    while (to !== null && starts.at(-1)! + 2 * durationMinutes <= to) {
      starts.push(starts.at(-1)! + durationMinutes);
    }
    const slots = starts.map((start) => ({ time: timeOf(start), durationMinutes }));
    const { draft: next, problems } = addSlots(currentDraft(), date, slots);
    const before = slotsOf(draft, date);
    const added = slots.filter((slot) => includesSlot(slotsOf(next, date), slot) && !includesSlot(before, slot));
    const existing = slots.filter((slot) => includesSlot(before, slot));
    const existingText = existing.length === 1 ? "is already there" : "are already there";
    const describe = (slots: readonly Slot[], text: string) =>
      slots.length > 0 ? [`${longDate(date)}: ${slots.map((slot) => slotName(zone, date, slot)).join(", ")} ${text}.`] : [];
    storeEdit(next, [...describe(added, "to be added"), ...describe(existing, existingText)], problems);
  }

  /** Remove the slots that overlap a range of minutes since midnight; booked slots stay. */
  function removeBetween(date: string, from: number, to: number) {
    if (!checkEditable(date)) {
      return;
    }
    const slotsInRange = slotsOf(currentDraft(), date).filter((slot) => {
      const [start, end] = drawnSpan(zone, date, slot);
      return start < to && from < end;
    });
    const next = removeSlots(currentDraft(), date, slotsInRange);
    const removed = withoutSlots(slotsInRange, slotsOf(next, date));
    const names = removed.map((slot) => slotName(zone, date, slot)).join(", ");
    const message = removed.length > 0 ? `${longDate(date)}: ${names} to be removed.` : "There are no slots to remove.";
    storeEdit(next, removed.length < slotsInRange.length ? [message, "Booked slots stay."] : [message]);
  }

  /** Remove a slot. If the draft already adds or removes this slot, undo this change. Booked slots stay. */
  function toggle(date: string, slot: VisibleSlot) {
    const name = `${longDate(date)}, ${slotName(zone, date, slot)}`;
    if (slot.state === "booked") {
      setLines([`${name} is booked. To remove it, cancel the booking first.`]);
    } else if (slot.state === "held") {
      setLines([`${name} is held for a student who is paying. To remove it, cancel the booking first.`]);
    } else if (slot.state === "removed") {
      const { draft: next, problems } = addSlots(currentDraft(), date, [slot]);
      storeEdit(next, problems.length === 0 ? [`${name} stays.`] : [], problems);
    } else if (slot.state === "added") {
      storeEdit(removeSlots(currentDraft(), date, [slot]), [`${name} won't be added.`]);
    } else if (checkEditable(date)) {
      storeEdit(removeSlots(currentDraft(), date, [slot]), [`${name} to be removed.`]);
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

  /** Copy the week that begins on `source` to the `count` days from `first` on. Past days and booked slots stay. */
  function copyWeek(source: string, first: string, count: number, message: string) {
    const [from, last] = [source < first ? source : first, addDays(first, count - 1)];
    return runBusy(async () => {
      const addLoadedDays = await load(from, last);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const pairs = Array.from({ length: count }, (_, i) => [addDays(source, i % 7), addDays(first, i)] as const);
      const { draft: next, problems } = copyDays(loaded, pairs.filter(([, to]) => to >= today()));
      storeEdit(next, [`${message}. Not saved yet: ${changesText(dayChanges(next))}.`], [...lost, ...problems]);
    });
  }

  /** Remove all slots of a range of dates. Past days and booked slots stay. */
  function clearBetween(first: string, last: string) {
    return runBusy(async () => {
      const addLoadedDays = await load(first, last);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const next = clearDays(loaded, datesBetween(first, last).filter((date) => date >= today()));
      storeEdit(next, [`Cleared; booked slots stay. Not saved yet: ${changesText(dayChanges(next))}.`], lost);
    });
  }

  /** Remove the edits of days that are in the past now. Return whether any edit is left to save. */
  function prepareReview(): boolean {
    const past = dayChanges(currentDraft()).filter(({ date }) => date < today());
    if (past.length > 0) {
      const names = past.map(({ date }) => longDate(date)).join(", ");
      const next = withoutDays(currentDraft(), past.map(({ date }) => date));
      storeEdit(next, [`In the past now, and not saved: ${names}.`]);
    }
    return currentDraft().edits.size > 0;
  }

  /** Update the draft after a save, and show what was saved. */
  function onSaved(savedEdits: Draft["edits"], update: Update) {
    const { added, removed } = update.changes;
    const history = update.audit === "deferred" ? " The history shows it in a few minutes." : "";
    const message = update.changeSetId === null ? "This was already saved." : `Saved: ${added} added, ${removed} removed.`;
    replaceDraft(withSavedDays(currentDraft(), savedEdits, update.days), [message + history]);
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
    ...{ draft, hasLoaded, zone, today: today(), monday, days, reload, lines, lastChangeSetId, isBusy },
    goTo(next: string) {
      setActionError(undefined);
      setMonday(next);
    },
    error: days.error ?? actionError ?? accessError,
    ...{ addBetween, removeBetween, toggle, copyWeek, clearBetween, prepareReview, replaceDraft, onSaved, undoSave },
    undoStep: () => storeEdit(undoStep(currentDraft()), ["The last change is undone."]),
    discard() {
      storeEdit(discardEdits(currentDraft()), ["The changes are discarded."]);
      reload(); // others may have edited the same days
    },
  };
}

/** Call a function with each answer. The function may be called again with the same answer. */
function useEachAnswer<T>({ answer, isLoading }: RequestState<T>, callBack: (answer: T) => void) {
  useEffect(() => {
    if (answer !== undefined && !isLoading) {
      callBack(answer);
    }
  }, [answer, isLoading]);
}

/** Return why the last save wasn't undone. Return undefined if `ErrorMessage` has the text for the error. */
function undoErrorText(error: Error): string | undefined {
  if (error instanceof ChangeSetNotFound) {
    return "This can't be undone yet: it isn't in the history. Try again in a few minutes.";
  }
  if (error instanceof SlotBooked) {
    return "This can't be undone: a slot that it added is booked now. Cancel the booking first.";
  }
  if (mayHaveBeenSaved(error)) {
    return (
      "It isn't certain whether the save was undone. Look at the week. If the save wasn't undone, try again."
    );
  }
  return revertErrorText(error);
}

/** Return the dates from the first to the last, both included. */
function datesBetween(first: string, last: string): string[] {
  const days = (Date.parse(last) - Date.parse(first)) / 86_400_000;
  return Array.from({ length: days + 1 }, (_, i) => addDays(first, i));
}

function isValidDuration(minutes: number): boolean {
  return Number.isInteger(minutes) && minutes >= DURATION_MINUTES.min && minutes <= DURATION_MINUTES.max;
}

/** Return the time of a number of minutes since midnight. */
function timeOf(minutes: number): string {
  const twoDigits = (number: number) => String(number).padStart(2, "0");
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}
