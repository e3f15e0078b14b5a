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
const MINUTES = { min: 5, max: 720 };

/** Edits a tutor's days: each step changes the draft and shows a message. */
export function useEditing(api: Api, tutorId: string, store: DraftStore) {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [lastChangeSetId, setLastChangeSetId] = useState<string | null>(null);
  const [stepError, setStepError] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const [chosenMonday, setMonday] = useState<string>();

  // Read from the store at each use: the draft may change while an answer is awaited.
  const current = () => store.get() ?? EMPTY_DRAFT;
  const draft = current();
  // The first answer has the tutor's zone. Until then, use the viewer's.
  const hasLoaded = draft.loadedDays.size > 0;
  const zone = hasLoaded ? draft.zone : viewersZone();
  const today = () => dateAt(zone, Date.now());
  const monday = chosenMonday ?? mondayOf(today());
  const sunday = addDays(monday, 6);
  useEffect(() => {
    if (hasLoaded) {
      setMonday(monday); // so that the calendar stays at this week when the next one begins
    }
  }, [hasLoaded]);

  const days = useRequest(`${tutorId} ${monday}`, (signal) => load(monday, sunday, { signal }));
  // A second request explains why slots are booked. It reads the log, so the week doesn't wait for it.
  const explained = useRequest(`${tutorId} ${monday}`, (signal) => load(monday, sunday, { explain: true, signal }));
  useEachAnswer(days, (addTo) => replaceDraft(addTo(current())));
  useEachAnswer(explained, (addTo) => replaceDraft(addTo(current())));
  const accessError = [Forbidden, Unauthenticated].some((kind) => explained.error instanceof kind)
    ? explained.error
    : undefined;

  function reload() {
    days.reload();
    explained.reload();
  }

  /** Load a range of dates; return a function that adds its days to a draft. */
  async function load(first: string, last: string, options?: AvailabilityOptions): Promise<(draft: Draft) => Draft> {
    const answer = await api.availability.getAvailability(tutorId, first, last, options);
    return (draft) => withLoadedDays(draft, answer.timeZone, datesBetween(first, last), answer.days);
  }

  /** Store a draft with newly loaded days, and show which of its changes a booking has made impossible. */
  function replaceDraft(next: Draft, messages: readonly string[] = []) {
    const lost = lostChanges(current(), next);
    store.set(next);
    if (messages.length > 0 || lost.length > 0) {
      setLines([...messages, ...problemLines(lost)]);
    }
  }

  /** Store a draft after a step of the tutor, and show what the step did. */
  function edit(next: Draft, messages: readonly string[], problems: readonly SlotProblem[] = []) {
    const problemTexts = problemLines(problems);
    const rest = problemTexts.length - MAX_LINES;
    store.set(next);
    setStepError(undefined);
    setLines([...messages, ...problemTexts.slice(0, MAX_LINES), ...(rest > 0 ? [`And ${rest} more.`] : [])]);
  }

  /** Whether a day can be edited; if not, show why. */
  function canEdit(date: string): boolean {
    if (!draft.loadedDays.has(date)) {
      setLines([`${longDate(date)} is still loading. Try again when its slots are shown.`]);
    } else if (date < today()) {
      setLines([`${longDate(date)} is in the past and can't be changed.`]);
    } else {
      return true;
    }
    return false;
  }

  /** Add a slot, or as many as fit between two times (minutes since midnight). */
  function addBetween(date: string, minutes: number, from: number, to: number | null = null) {
    if (!canEdit(date)) {
      return;
    }
    if (!Number.isInteger(minutes) || minutes < MINUTES.min || minutes > MINUTES.max) {
      setLines([`Length in minutes: use a whole number from ${MINUTES.min} to ${MINUTES.max}.`]);
      return;
    }
    const starts = [from];
    while (to !== null && starts.at(-1)! + 2 * minutes <= to) {
      starts.push(starts.at(-1)! + minutes);
    }
    const slots = starts.map((start) => ({ time: timeOf(start), durationMinutes: minutes }));
    const { draft: next, problems } = addSlots(current(), date, slots);
    const before = slotsOf(draft, date);
    const added = slots.filter((slot) => includesSlot(slotsOf(next, date), slot) && !includesSlot(before, slot));
    const existing = slots.filter((slot) => includesSlot(before, slot));
    const describe = (slots: readonly Slot[], text: string) =>
      slots.length > 0 ? [`${longDate(date)}: ${slots.map((slot) => slotName(zone, date, slot)).join(", ")} ${text}.`] : [];
    edit(next, [...describe(added, "to be added"), ...describe(existing, "is already there")], problems);
  }

  /** Remove the slots that a range of minutes touches; booked slots stay. */
  function removeBetween(date: string, from: number, to: number) {
    if (!canEdit(date)) {
      return;
    }
    const touched = slotsOf(current(), date).filter((slot) => {
      const [start, end] = drawnSpan(zone, date, slot);
      return start < to && from < end;
    });
    const next = removeSlots(current(), date, touched);
    const removed = withoutSlots(touched, slotsOf(next, date));
    const names = removed.map((slot) => slotName(zone, date, slot)).join(", ");
    const message = removed.length > 0 ? `${longDate(date)}: ${names} to be removed.` : "There are no slots to remove.";
    edit(next, removed.length < touched.length ? [message, "Booked slots stay."] : [message]);
  }

  /** Remove a slot, or take back that it is added or removed. */
  function toggle(date: string, slot: VisibleSlot) {
    const name = `${longDate(date)}, ${slotName(zone, date, slot)}`;
    if (slot.state === "booked") {
      setLines([`${name} is booked. To remove it, cancel the booking first.`]);
    } else if (slot.state === "held") {
      setLines([`${name} is held for a student who is paying. To remove it, cancel the booking first.`]);
    } else if (slot.state === "removed") {
      const { draft: next, problems } = addSlots(current(), date, [slot]);
      edit(next, problems.length === 0 ? [`${name} stays.`] : [], problems);
    } else if (slot.state === "added") {
      edit(removeSlots(current(), date, [slot]), [`${name} won't be added.`]);
    } else if (canEdit(date)) {
      edit(removeSlots(current(), date, [slot]), [`${name} to be removed.`]);
    }
  }

  /** Do work that waits for the server, and show its error. */
  async function runBusy(work: () => Promise<void>) {
    setIsBusy(true);
    setStepError(undefined);
    try {
      await work();
    } catch (error) {
      setStepError(error as Error);
    } finally {
      setIsBusy(false);
    }
  }

  /** Copy the week that begins with `source` to the `count` days from `first` on, as often as it fits. */
  function copyWeek(source: string, first: string, count: number, message: string) {
    const [from, last] = [source < first ? source : first, addDays(first, count - 1)];
    return runBusy(async () => {
      const addTo = await load(from, last);
      const loaded = addTo(current());
      const lost = lostChanges(current(), loaded);
      const pairs = Array.from({ length: count }, (_, i) => [addDays(source, i % 7), addDays(first, i)] as const);
      const { draft: next, problems } = copyDays(loaded, pairs.filter(([, to]) => to >= today()));
      edit(next, [`${message}. Not saved yet: ${changesText(dayChanges(next))}.`], [...lost, ...problems]);
    });
  }

  function clearBetween(first: string, last: string) {
    return runBusy(async () => {
      const addTo = await load(first, last);
      const loaded = addTo(current());
      const lost = lostChanges(current(), loaded);
      const next = clearDays(loaded, datesBetween(first, last).filter((date) => date >= today()));
      edit(next, [`Cleared; booked slots stay. Not saved yet: ${changesText(dayChanges(next))}.`], lost);
    });
  }

  /** Drop the edits of days that are in the past by now; return whether there is something to save. */
  function prepareReview(): boolean {
    const past = dayChanges(current()).filter(({ date }) => date < today());
    if (past.length > 0) {
      const names = past.map(({ date }) => longDate(date)).join(", ");
      edit(withoutDays(current(), past.map(({ date }) => date)), [`In the past now, and not saved: ${names}.`]);
    }
    return current().edits.size > 0;
  }

  function onSaved(sent: Draft["edits"], update: Update) {
    const { added, removed } = update.changes;
    const history = update.audit === "deferred" ? " The history shows it in a few minutes." : "";
    const message = update.changeSetId === null ? "This was already saved." : `Saved: ${added} added, ${removed} removed.`;
    replaceDraft(withSavedDays(current(), sent, update.days), [message + history]);
    setLastChangeSetId(update.changeSetId);
    reload();
  }

  /** Revert the last save. */
  function undoSave(changeSetId: string) {
    return runBusy(async () => {
      try {
        const update = await api.availability.revert(tutorId, changeSetId);
        replaceDraft(withSavedDays(current(), new Map(), update.days), [revertText(update)]);
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
      setStepError(undefined);
      setMonday(next);
    },
    error: days.error ?? stepError ?? accessError,
    ...{ addBetween, removeBetween, toggle, copyWeek, clearBetween, prepareReview, replaceDraft, onSaved, undoSave },
    undoStep: () => edit(undoStep(current()), ["The last change is undone."]),
    discard() {
      edit(discardEdits(current()), ["The changes are discarded."]);
      reload(); // others may have edited the same days
    },
  };
}

/** Call back once for each answer. */
function useEachAnswer<T>({ answer, isLoading }: RequestState<T>, callBack: (answer: T) => void) {
  useEffect(() => {
    if (answer !== undefined && !isLoading) {
      callBack(answer);
    }
  }, [answer, isLoading]);
}

/** Return why the last save can't be undone; undefined for an error that isn't special to undo. */
function undoErrorText(error: Error): string | undefined {
  if (error instanceof ChangeSetNotFound) {
    return "This can't be undone yet: it isn't in the history. Try again in a few minutes.";
  }
  if (error instanceof SlotBooked) {
    return "This can't be undone: a slot that it added is booked now. Cancel the booking first.";
  }
  if (mayHaveBeenSaved(error)) {
    return "The server didn't answer, so this may have been undone or not. The week shows it; if it wasn't, undo again.";
  }
  return revertErrorText(error);
}

/** Return the dates from the first to the last, both included. */
function datesBetween(first: string, last: string): string[] {
  const days = (Date.parse(last) - Date.parse(first)) / 86_400_000;
  return Array.from({ length: days + 1 }, (_, i) => addDays(first, i));
}

function timeOf(minutes: number): string {
  const twoDigits = (number: number) => String(number).padStart(2, "0");
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}
