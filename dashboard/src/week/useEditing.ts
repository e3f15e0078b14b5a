import { useEffect, useLayoutEffect, useState } from "react";
import { ChangeSetNotFound, Forbidden, SlotBooked, Unauthenticated } from "slotledger-client";
import type { Api, AvailabilityOptions, Update } from "slotledger-client";
import { MAX_DATES_APART, dateAt, localTimeIn, slotName } from "../clock";
import type { Slot, ZonedSlot } from "../clock";
import { addDays, longDate, mondayOf, viewersZone, zoneName } from "../time";
import { plural } from "../labels";
import { mayHaveBeenSaved, revertErrorText, revertText } from "../reverts";
import { useAnswer } from "../useAnswer";
import type { Answer } from "../useAnswer";
import {
  EMPTY_DRAFT,
  addSlots,
  changeSlot as applyChange,
  clearDays,
  copyDays,
  dayChanges,
  discardEdits,
  isPast,
  lostChanges,
  removeSlots,
  repeatSlot,
  resizeSlots,
  shiftToTutorsZone,
  slotsOf,
  undoStep,
  withLoadedDays,
  withSavedDays,
  withUsualSlots,
  withoutDays,
} from "./draft";
import type { Draft, DraftStore, VisibleSlot } from "./draft";
import { includesSlot } from "./slots";
import type { DatedSlot, SlotProblem } from "./slots";
import { startsBetween } from "./grid/gesture";
import { changesText, problemLines } from "./labels";

const MAX_LINES = 8;
const DURATION_MINUTES = { min: 5, max: 720 };
const DAY_MINUTES = 24 * 60;
const DAY_MS = DAY_MINUTES * 60_000;
/** An edit is based on the answer, so a view that is opened again waits for a new one. */
const FRESH = { isKept: false };
/** How many weeks are shifted to another zone in one step. They fit into one save. */
const SHIFTED_WEEKS = 12;

/**
 * Load the shown week of a tutor, and return functions that edit the draft and show messages. `shownDate` is a date of the
 * week; without it, the week is the current one.
 */
export function useEditing(api: Api, tutorId: string, store: DraftStore, shownDate: string | undefined) {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [lastChangeSetId, setLastChangeSetId] = useState<string | null>(null);
  const [actionError, setActionError] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const [firstMonday, setFirstMonday] = useState<string>();

  // Read the draft from the store each time, because the draft may change while an answer is awaited.
  const currentDraft = () => store.get() ?? EMPTY_DRAFT;
  const draft = currentDraft();
  // Answers have the tutor's time zone. Until the first answer comes, use the viewer's time zone.
  const hasLoaded = draft.loadedDays.size > 0;
  const zone = hasLoaded ? draft.zone : viewersZone();
  const today = () => dateAt(zone, Date.now());
  const monday = shownDate ? mondayOf(shownDate) : (firstMonday ?? mondayOf(today()));
  const sunday = addDays(monday, 6);
  useEffect(() => {
    if (hasLoaded) {
      setFirstMonday(mondayOf(today())); // so that the calendar stays on this week when a new week begins
    }
  }, [hasLoaded]);

  // The weeks beside it are loaded, too, so that they are shown at once.
  const days = useAnswer("week", [tutorId, monday], (signal) => load(addDays(monday, -7), addDays(sunday, 7), { signal }), FRESH);
  // A second request, with `explain`, adds why slots are booked. Its answer needs the log, which may be slow. Show the
  // week before this answer comes.
  const explanations = useAnswer("why", [tutorId, monday], (signal) => load(monday, sunday, { explain: true, signal }), FRESH);
  useEachAnswer(days, (addLoadedDays) => replaceDraft(addLoadedDays(currentDraft())));
  useEachAnswer(explanations, (addLoadedDays) => replaceDraft(addLoadedDays(currentDraft())));
  useEffect(() => {
    if (!hasLoaded && days.answer && !days.isLoading) {
      reload(); // the draft was saved or discarded in another tab
    }
  }, [hasLoaded]);
  const accessError = [Forbidden, Unauthenticated].some((kind) => explanations.error instanceof kind)
    ? explanations.error
    : undefined;

  function reload() {
    days.reload();
    explanations.reload();
  }

  /**
   * Load a range of dates, and the dates around it whose slots may reach into it. Return a function that adds the loaded
   * days to a draft.
   */
  async function load(first: string, last: string, options?: AvailabilityOptions): Promise<(draft: Draft) => Draft> {
    const [from, to] = [addDays(first, -MAX_DATES_APART), addDays(last, MAX_DATES_APART)];
    const answer = await api.availability.getAvailability(tutorId, from, to, options);
    return (draft) => withLoadedDays(draft, answer.timeZone, datesBetween(from, to), answer.days);
  }

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
    const more = hiddenCount > 0 ? [`And ${hiddenCount} more.`] : [];
    setLines([...messages, ...problemTexts.slice(0, maxLines), ...more]);
  }

  /** Return whether slots of a date and a zone can be edited. If they can't, show why. */
  function checkEditable(date: string, timeZone: string): boolean {
    if (!draft.loadedDays.has(date)) {
      setLines([`${longDate(date)} is still loading. Try again when its slots are shown.`]);
    } else if (isPast(date, { timeZone }, Date.now())) {
      setLines([`${longDate(date)} is in the past and can't be changed.`]);
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
      setLines([`Length in minutes: use a whole number from ${DURATION_MINUTES.min} to ${DURATION_MINUTES.max}.`]);
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
      const existingText = existing.length === 1 ? "is already there" : "are already there";
      return [
        ...(added.length > 0 ? [`${longDate(date)}: ${names(date, added)} to be added.`] : []),
        ...(existing.length > 0 ? [`${longDate(date)}: ${names(date, existing)} ${existingText}.`] : []),
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
      setLines([`Length in minutes: use a whole number from ${DURATION_MINUTES.min} to ${DURATION_MINUTES.max}.`]);
      return;
    }
    const { draft: next, problems } = applyChange(currentDraft(), { ...slot, date }, to);
    const [before, after] = [slotName(zone, date, slot), slotName(zone, to.date, to)];
    const target = to.date === date ? after : `${longDate(to.date)}, ${after}`;
    storeEdit(next, problems.length > 0 || next === draft ? [] : [`${longDate(date)}: ${before} becomes ${target}.`], problems);
  }

  function names(date: string, slots: readonly ZonedSlot[]): string {
    return slots.map((slot) => slotName(zone, date, slot)).join(", ");
  }

  /** Remove a slot. If the draft already adds or removes this slot, undo this change. Booked slots stay. */
  function toggle(date: string, slot: VisibleSlot) {
    const name = `${longDate(date)}, ${slotName(zone, date, slot)}`;
    if (slot.state === "booked") {
      setLines([`${name} is booked. To remove it, cancel the booking first.`]);
    } else if (slot.state === "held") {
      setLines([`${name} is held for a student who is paying. To remove it, cancel the booking first.`]);
    } else if (slot.state === "removed") {
      const { draft: next, problems } = addSlots(currentDraft(), new Map([[date, [slot]]]));
      storeEdit(next, problems.length === 0 ? [`${name} stays.`] : [], problems);
    } else if (slot.state === "added") {
      storeEdit(removeSlots(currentDraft(), new Map([[date, [slot]]])), [`${name} won't be added.`]);
    } else if (checkEditable(date, slot.timeZone)) {
      storeEdit(removeSlots(currentDraft(), new Map([[date, [slot]]])), [`${name} to be removed.`]);
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
      const next = clearDays(loaded, datesBetween(first, last).filter((date) => date >= today()), Date.now());
      storeEdit(next, [`Cleared; booked slots stay. Not saved yet: ${changesText(dayChanges(next))}.`], lost);
    });
  }

  /** Offer a slot also in the weeks that follow, at the same local time. */
  function repeat(date: string, slot: ZonedSlot, weeks: number) {
    const dates = Array.from({ length: weeks }, (_, i) => addDays(date, 7 * (i + 1)));
    return runBusy(async () => {
      const addLoadedDays = await load(dates[0]!, dates.at(-1)!);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const { draft: next, problems } = repeatSlot(loaded, slot, dates);
      const message = `${slotName(zone, date, slot)} every week until ${longDate(dates.at(-1)!)}. Not saved yet: ${changesText(dayChanges(next))}.`;
      storeEdit(next, [message], [...lost, ...problems]);
    });
  }

  /** Give the free slots of one length another length, from today on for some weeks. Those without room stay. */
  function resize(fromMinutes: number, toMinutes: number) {
    if (!isValidDuration(toMinutes)) {
      setLines([`Length in minutes: use a whole number from ${DURATION_MINUTES.min} to ${DURATION_MINUTES.max}.`]);
      return;
    }
    const [first, last] = [today(), addDays(today(), 7 * SHIFTED_WEEKS - 1)];
    return runBusy(async () => {
      const addLoadedDays = await load(first, last);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const { draft: next, problems } = resizeSlots(loaded, datesBetween(first, last), [fromMinutes, toMinutes], Date.now());
      const count = dayChanges(next).flatMap(({ added }) => added).filter(({ durationMinutes }) => durationMinutes === toMinutes).length;
      const message = `${plural(count, "free time")} of ${fromMinutes} minutes become ${toMinutes} until ${longDate(last)}. Not saved yet.`;
      const rest = problems.length > 0 ? [`${plural(problems.length, "time")} stay as they are, because there is no room:`] : [];
      storeEdit(next, [message, ...rest], [...lost, ...problems], Infinity);
    });
  }

  /** Shift the free slots of a zone to the tutor's zone, from today or the shown week on. Booked slots stay. */
  function shiftZone(fromZone: string) {
    const soon = addDays(today(), 7 * (SHIFTED_WEEKS - 1));
    const first = monday <= soon ? today() : monday;
    const last = addDays(first, 7 * SHIFTED_WEEKS - 1);
    return runBusy(async () => {
      const addLoadedDays = await load(first, last);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const { draft: next, problems } = shiftToTutorsZone(loaded, fromZone, datesBetween(first, last), Date.now());
      const message =
        `Shifted from ${zoneName(fromZone)} to ${zoneName(next.zone)} until ${longDate(last)}; booked slots stay. ` +
        `Not saved yet: ${changesText(dayChanges(next))}.`;
      storeEdit(next, [message], [...lost, ...problems]);
    });
  }

  /** Give a day the slots of the usual week again. */
  function backToUsual(date: string, usual: readonly Slot[]) {
    const { draft: next, problems } = withUsualSlots(currentDraft(), date, usual, Date.now());
    const message =
      `${longDate(date)} is as in the usual week; booked slots stay. Not saved yet: ${changesText(dayChanges(next))}. ` +
      "It stays a day that was changed by hand.";
    storeEdit(next, [message], problems);
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
      storeEdit(next, [`In the past now, and not saved: ${names}.`]);
    }
    return currentDraft().edits.size > 0;
  }

  /** Update the draft after a save, and show what was saved. */
  function onSaved(savedEdits: Draft["edits"], update: Update, messages?: readonly string[]) {
    const { added, removed } = update.changes;
    const history = update.audit === "deferred" ? " The history shows it in a few minutes." : "";
    const message = update.changeSetId === null ? "This was already saved." : `Saved: ${added} added, ${removed} removed.`;
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
    ...{ draft, hasLoaded, zone, today: today(), monday, days, reload, lines, lastChangeSetId, isBusy },
    showLines: setLines,
    clearError: () => setActionError(undefined),
    error: days.error ?? actionError ?? accessError,
    ...{ offer, toggle, moveSlot, changeSlot, repeat, resize, copyWeek, clearBetween, shiftZone, backToUsual, prepareReview, replaceDraft, onSaved, undoSave },
    undoStep: () => storeEdit(undoStep(currentDraft()), ["The last change is undone."]),
    discard() {
      storeEdit(discardEdits(currentDraft()), ["The changes are discarded."]);
      reload(); // others may have edited the same days
    },
  };
}

/** Call a function with each answer. The function may be called again with the same answer. */
function useEachAnswer<T>({ answer, isLoading }: Answer<T>, callBack: (answer: T) => void) {
  // Before the next paint, so that the view is never shown as loaded without the answer.
  useLayoutEffect(() => {
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
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS;
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
