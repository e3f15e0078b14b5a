import { useEffect, useState } from "react";
import { ChangeSetNotFound, Forbidden, SlotBooked, Unauthenticated } from "slotledger-client";
import type { Api, AvailabilityOptions, Update } from "slotledger-client";
import { MAX_DATES_APART, dateAt, drawnParts, slotName, spanOf } from "../clock";
import type { Slot, ZonedSlot } from "../clock";
import { addDays, longDate, mondayOf, viewersZone, zoneName } from "../time";
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
  isPast,
  lostChanges,
  removeSlots,
  shiftToTutorsZone,
  slotsOf,
  undoStep,
  withLoadedDays,
  withSavedDays,
  withUsualSlots,
  withoutDays,
} from "./draft";
import type { Draft, DraftStore, SlotsByDate, VisibleSlot } from "./draft";
import { includesSlot, withoutSlots } from "./slots";
import type { SlotProblem } from "./slots";
import { changesText, problemLines } from "./labels";

const MAX_LINES = 8;
const DURATION_MINUTES = { min: 5, max: 720 };
const DAY_MINUTES = 24 * 60;
const DAY_MS = DAY_MINUTES * 60_000;
/** How many weeks are shifted to another zone in one step. They fit into one save. */
const SHIFTED_WEEKS = 12;

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
  function storeEdit(next: Draft, messages: readonly string[], problems: readonly SlotProblem[] = []) {
    const problemTexts = problemLines(next.zone, problems);
    const hiddenCount = problemTexts.length - MAX_LINES;
    store.set(next);
    setActionError(undefined);
    const more = hiddenCount > 0 ? [`And ${hiddenCount} more.`] : [];
    setLines([...messages, ...problemTexts.slice(0, MAX_LINES), ...more]);
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
   * Add a slot at `from` (minutes since midnight). If `to` is set, add further slots in a row, as long as they end by
   * `to`. After a drag over midnight, `to` is more than a day, and some of the slots may start on the next date.
   */
  function addBetween(date: string, durationMinutes: number, from: number, to: number | null = null) {
    if (!checkEditable(date, zone)) {
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
    const slots = new Map<string, ZonedSlot[]>();
    for (const start of starts) {
      const dateOfStart = addDays(date, Math.floor(start / DAY_MINUTES));
      const slot = { time: timeOf(start % DAY_MINUTES), durationMinutes, timeZone: zone };
      slots.set(dateOfStart, [...(slots.get(dateOfStart) ?? []), slot]);
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

  function names(date: string, slots: readonly ZonedSlot[]): string {
    return slots.map((slot) => slotName(zone, date, slot)).join(", ");
  }

  /** Remove the slots that are drawn in a range of minutes since midnight; booked and past slots stay. */
  function removeBetween(date: string, from: number, to: number) {
    if (!checkEditable(date, zone)) {
      return;
    }
    const isInRange = (slotDate: string, slot: ZonedSlot) =>
      drawnParts(zone, spanOf(slotDate, slot)).some((part) => {
        const offset = ((Date.parse(part.date) - Date.parse(date)) / DAY_MS) * DAY_MINUTES;
        return part.from + offset < to && from < part.to + offset;
      });
    const dates = datesBetween(addDays(date, -MAX_DATES_APART), addDays(date, MAX_DATES_APART + 1));
    const inRange: SlotsByDate = new Map(
      dates
        .map((each): [string, ZonedSlot[]] => {
          const slots = slotsOf(currentDraft(), each);
          return [each, slots.filter((slot) => isInRange(each, slot) && !isPast(each, slot, Date.now()))];
        })
        .filter(([, slots]) => slots.length > 0),
    );
    const next = removeSlots(currentDraft(), inRange);
    const removed = [...inRange].map(([date, slots]) => [date, withoutSlots(slots, slotsOf(next, date))] as const);
    const lines = removed
      .filter(([, slots]) => slots.length > 0)
      .map(([date, slots]) => `${longDate(date)}: ${names(date, slots)} to be removed.`);
    const hasBooked = removed.some(([date, slots]) => slots.length < inRange.get(date)!.length);
    storeEdit(next, [
      ...(lines.length > 0 ? lines : ["There are no slots to remove."]),
      ...(hasBooked ? ["Booked slots stay."] : []),
    ]);
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
    showLines: setLines,
    goTo(next: string) {
      setActionError(undefined);
      setMonday(next);
    },
    error: days.error ?? actionError ?? accessError,
    ...{ addBetween, removeBetween, toggle, copyWeek, clearBetween, shiftZone, backToUsual, prepareReview, replaceDraft, onSaved, undoSave },
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
