import { useEffect, useLayoutEffect, useState } from "react";
import { ChangeSetNotFound, Forbidden, SlotBooked, Unauthenticated } from "slotledger-client";
import type { Api, AvailabilityOptions, Update } from "slotledger-client";
import { MAX_DATES_APART, dateAt, localTimeIn, slotName, timeOf } from "../clock";
import type { Slot, ZonedSlot } from "../clock";
import { addDays, firstOfWeek, longDate, viewersZone, zoneName } from "../time";
import { t } from "../texts";
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
  const [openedOn, setOpenedOn] = useState<string>();

  // Read the draft from the store each time, because the draft may change while an answer is awaited.
  const currentDraft = () => store.get() ?? EMPTY_DRAFT;
  const draft = currentDraft();
  // Answers have the tutor's time zone. Until the first answer comes, use the viewer's time zone.
  const hasLoaded = draft.loadedDays.size > 0;
  const zone = hasLoaded ? draft.zone : viewersZone();
  const today = () => dateAt(zone, Date.now());
  const weekStart = firstOfWeek(shownDate ?? openedOn ?? today());
  const weekEnd = addDays(weekStart, 6);
  useEffect(() => {
    if (hasLoaded) {
      setOpenedOn(today()); // so that the calendar stays on this week when a new week begins
    }
  }, [hasLoaded]);

  // The weeks beside it are loaded, too, so that they are shown at once.
  const days = useAnswer("week", [tutorId, weekStart], (signal) => load(addDays(weekStart, -7), addDays(weekEnd, 7), { signal }), FRESH);
  // A second request, with `explain`, adds why slots are booked. Its answer needs the log, which may be slow. Show the
  // week before this answer comes.
  const explanations = useAnswer("why", [tutorId, weekStart], (signal) => load(weekStart, weekEnd, { explain: true, signal }), FRESH);
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
      setLines([t.week.lines.length(DURATION_MINUTES.min, DURATION_MINUTES.max)]);
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
      setLines([t.week.lines.length(DURATION_MINUTES.min, DURATION_MINUTES.max)]);
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

  /** Copy the week that begins on `source` to the `count` days from `first` on. Past days and booked slots stay. */
  function copyWeek(source: string, first: string, count: number, message: string) {
    const [from, last] = [source < first ? source : first, addDays(first, count - 1)];
    return runBusy(async () => {
      const addLoadedDays = await load(from, last);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const pairs = Array.from({ length: count }, (_, i) => [addDays(source, i % 7), addDays(first, i)] as const);
      const { draft: next, problems } = copyDays(loaded, pairs.filter(([, to]) => to >= today()));
      storeEdit(next, [notSavedYet(message, next)], [...lost, ...problems]);
    });
  }

  /** Remove all slots of a range of dates. Past days and booked slots stay. */
  function clearBetween(first: string, last: string) {
    return runBusy(async () => {
      const addLoadedDays = await load(first, last);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const next = clearDays(loaded, datesBetween(first, last).filter((date) => date >= today()), Date.now());
      storeEdit(next, [notSavedYet(t.week.lines.cleared, next)], lost);
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
      const message = t.week.lines.everyWeek(slotName(zone, date, slot), longDate(dates.at(-1)!));
      storeEdit(next, [notSavedYet(message, next)], [...lost, ...problems]);
    });
  }

  /** Give the free slots of one length another length, from today on for some weeks. Those without room stay. */
  function resize(fromMinutes: number, toMinutes: number) {
    if (!isValidDuration(toMinutes)) {
      setLines([t.week.lines.length(DURATION_MINUTES.min, DURATION_MINUTES.max)]);
      return;
    }
    const [first, last] = [today(), addDays(today(), 7 * SHIFTED_WEEKS - 1)];
    return runBusy(async () => {
      const addLoadedDays = await load(first, last);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const { draft: next, problems } = resizeSlots(loaded, datesBetween(first, last), [fromMinutes, toMinutes], Date.now());
      const count = dayChanges(next).flatMap(({ added }) => added).filter(({ durationMinutes }) => durationMinutes === toMinutes).length;
      const message = t.week.lines.resized(count, fromMinutes, toMinutes, longDate(last));
      const rest = problems.length > 0 ? [t.week.lines.noRoom(problems.length)] : [];
      storeEdit(next, [message, ...rest], [...lost, ...problems], Infinity);
    });
  }

  /** Shift the free slots of a zone to the tutor's zone, from today or the shown week on. Booked slots stay. */
  function shiftZone(fromZone: string) {
    const soon = addDays(today(), 7 * (SHIFTED_WEEKS - 1));
    const from = weekStart <= soon ? today() : weekStart;
    const until = addDays(from, 7 * SHIFTED_WEEKS - 1);
    return runBusy(async () => {
      const addLoadedDays = await load(from, until);
      const loaded = addLoadedDays(currentDraft());
      const lost = lostChanges(currentDraft(), loaded);
      const { draft: next, problems } = shiftToTutorsZone(loaded, fromZone, datesBetween(from, until), Date.now());
      const message = t.week.lines.shifted(zoneName(fromZone), zoneName(next.zone), longDate(until));
      storeEdit(next, [notSavedYet(message, next)], [...lost, ...problems]);
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
    ...{ offer, toggle, moveSlot, changeSlot, repeat, resize, copyWeek, clearBetween, shiftZone, backToUsual, prepareReview, replaceDraft, onSaved, undoSave },
    undoStep: () => storeEdit(undoStep(currentDraft()), [t.week.lines.undone]),
    discard() {
      storeEdit(discardEdits(currentDraft()), [t.week.lines.discarded]);
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

/** Return what an action did, and what isn't saved after it. */
function notSavedYet(message: string, next: Draft): string {
  return t.week.notSavedYet(message, changesText(dayChanges(next)));
}

/** Return the dates from the first to the last, both included. */
function datesBetween(first: string, last: string): string[] {
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS;
  return Array.from({ length: days + 1 }, (_, i) => addDays(first, i));
}

function isValidDuration(minutes: number): boolean {
  return Number.isInteger(minutes) && minutes >= DURATION_MINUTES.min && minutes <= DURATION_MINUTES.max;
}
