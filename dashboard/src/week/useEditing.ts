import { useEffect, useState } from "react";
import { ChangeSetNotFound, Forbidden, SlotBooked, Unauthenticated } from "slotledger-client";
import type { Api, AvailabilityOptions, Update } from "slotledger-client";
import { dateAt, drawnSpan, slotName } from "../clock";
import type { Slot } from "../clock";
import { addDays, longDate, mondayOf, viewersZone } from "../time";
import { doneInWords, mayBeSaved, whyNotUndone } from "../undoing";
import { useRequest } from "../useRequest";
import type { Requested } from "../useRequest";
import {
  changesOf,
  clear,
  copy,
  discarded,
  has,
  lostBetween,
  minus,
  noDraft,
  offer,
  slotsOf,
  stepBack,
  withRead,
  withSaved,
  withdraw,
  without,
} from "./draft";
import type { Draft, DraftStore, LeftOut, ShownSlot } from "./draft";
import { leftOutInWords, summary } from "./labels";

const MOST_LINES = 8;
const MINUTES = { least: 5, most: 720 };

/** Edits a tutor's days: each step changes the draft, and says in words what it did. */
export function useEditing(api: Api, tutorId: string, store: DraftStore) {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [savedLast, setSavedLast] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const [chosenMonday, setMonday] = useState<string>();

  // As it is now, also for whoever had to wait for an answer: it may have been edited, or this view closed, meanwhile.
  const current = () => store.get() ?? noDraft;
  const draft = current();
  // Until the first answer tells the tutor's zone, today is taken to be what it is here.
  const isKnown = draft.read.size > 0;
  const zone = isKnown ? draft.zone : viewersZone();
  const today = () => dateAt(zone, Date.now());
  const monday = chosenMonday ?? mondayOf(today());
  const sunday = addDays(monday, 6);
  useEffect(() => {
    if (isKnown) {
      setMonday(monday); // it stays, also when the next week begins
    }
  }, [isKnown]);

  const read = useRequest(`${tutorId} ${monday}`, (signal) => load(monday, sunday, { signal }));
  // Why slots are occupied comes besides, if it comes: it is answered with the log, which nothing here may wait for.
  const explained = useRequest(`${tutorId} ${monday}`, (signal) => load(monday, sunday, { explain: true, signal }));
  useArrival(read, (answer) => become(answer(current())));
  useArrival(explained, (answer) => become(answer(current())));
  const refusal = [Forbidden, Unauthenticated].some((kind) => explained.error instanceof kind) && explained.error;

  function readAgain() {
    read.again();
    explained.again();
  }

  /** Returns what puts the days of a range into a draft. */
  async function load(first: string, last: string, options?: AvailabilityOptions): Promise<(known: Draft) => Draft> {
    const answer = await api.availability.getAvailability(tutorId, first, last, options);
    return (known) => withRead(known, answer.timeZone, datesOf(first, last), answer.days);
  }

  /** Lets the draft be what came from the server; if that has the time of what was to be offered, it says so. */
  function become(next: Draft, told: readonly string[] = []) {
    const lost = lostBetween(current(), next);
    store.set(next);
    if (told.length > 0 || lost.length > 0) {
      setLines([...told, ...leftOutInWords(lost)]);
    }
  }

  function edit(next: Draft, told: readonly string[], leftOut: readonly LeftOut[] = []) {
    const missing = leftOutInWords(leftOut);
    const more = missing.length > MOST_LINES ? [`And ${missing.length - MOST_LINES} more are left out.`] : [];
    store.set(next);
    setTrouble(undefined);
    setLines([...told, ...missing.slice(0, MOST_LINES), ...more]);
  }

  function canBeEdited(date: string): boolean {
    if (!draft.read.has(date)) {
      setLines([`${longDate(date)} isn't read yet. Try again when its slots are shown.`]);
    } else if (date < today()) {
      setLines([`${longDate(date)} is over, and can't be changed any more.`]);
    } else {
      return true;
    }
    return false;
  }

  /** Offers a slot, or as many as fit between two times (minutes since midnight). */
  function pick(date: string, minutes: number, from: number, to: number | null = null) {
    if (!canBeEdited(date)) {
      return;
    }
    if (!Number.isInteger(minutes) || minutes < MINUTES.least || minutes > MINUTES.most) {
      setLines([`Say first how long a slot is to be: ${MINUTES.least} to ${MINUTES.most} minutes.`]);
      return;
    }
    const starts = [from];
    while (to !== null && starts.at(-1)! + 2 * minutes <= to) {
      starts.push(starts.at(-1)! + minutes);
    }
    const asked = starts.map((start) => ({ time: clock(start), durationMinutes: minutes }));
    const { draft: next, leftOut } = offer(current(), date, asked);
    const offered = asked.filter((slot) => has(slotsOf(next, date), slot) && !has(slotsOf(draft, date), slot));
    const there = asked.filter((slot) => has(slotsOf(draft, date), slot));
    const say = (slots: readonly Slot[], what: string) =>
      slots.length > 0 ? [`${longDate(date)}: ${slots.map((slot) => slotName(zone, date, slot)).join(", ")} ${what}.`] : [];
    edit(next, [...say(offered, "to be offered"), ...say(there, "was there already")], leftOut);
  }

  /** Withdraws what can be withdrawn of the slots that a range of minutes touches. */
  function take(date: string, from: number, to: number) {
    if (!canBeEdited(date)) {
      return;
    }
    const touched = slotsOf(current(), date).filter((slot) => {
      const [start, end] = drawnSpan(zone, date, slot);
      return start < to && from < end;
    });
    const next = withdraw(current(), date, touched);
    const gone = minus(touched, slotsOf(next, date));
    const names = gone.map((slot) => slotName(zone, date, slot)).join(", ");
    const told = gone.length > 0 ? [`${longDate(date)}: ${names} to be withdrawn.`] : ["There is nothing to withdraw."];
    edit(next, gone.length < touched.length ? [...told, "What is booked stays."] : told);
  }

  /** Withdraws a slot, or lets it stay after all. */
  function toggle(date: string, slot: ShownSlot) {
    const name = `${longDate(date)}, ${slotName(zone, date, slot)}`;
    if (slot.state === "booked" || slot.state === "held") {
      const why = slot.state === "booked" ? "is booked" : "is held for a student who is paying";
      setLines([`${name} ${why}: it can't be withdrawn unless the booking is cancelled.`]);
    } else if (slot.state === "removed") {
      const { draft: next, leftOut } = offer(current(), date, [slot]);
      edit(next, leftOut.length === 0 ? [`${name} stays.`] : [], leftOut);
    } else if (slot.state === "added") {
      edit(withdraw(current(), date, [slot]), [`${name} isn't offered.`]);
    } else if (canBeEdited(date)) {
      edit(withdraw(current(), date, [slot]), [`${name} to be withdrawn.`]);
    }
  }

  /** Does what has to wait for the server; what goes wrong is shown. */
  async function busy(work: () => Promise<void>) {
    setIsBusy(true);
    setTrouble(undefined);
    try {
      await work();
    } catch (error) {
      setTrouble(error as Error);
    } finally {
      setIsBusy(false);
    }
  }

  /** Lets so many days, from `first` on, have the slots of the week that begins with `source`, again and again. */
  function copyWeek(source: string, first: string, days: number, what: string) {
    const [from, last] = [source < first ? source : first, addDays(first, days - 1)];
    return busy(async () => {
      const answer = await load(from, last);
      const known = answer(current());
      const lost = lostBetween(current(), known);
      const pairs = Array.from({ length: days }, (_, i) => [addDays(source, i % 7), addDays(first, i)] as const);
      const { draft: next, leftOut } = copy(known, pairs.filter(([, to]) => to >= today()));
      edit(next, [`${what}. Not saved yet: ${summary(changesOf(next))}.`], [...lost, ...leftOut]);
    });
  }

  function clearDays(first: string, last: string) {
    return busy(async () => {
      const answer = await load(first, last);
      const known = answer(current());
      const lost = lostBetween(current(), known);
      const next = clear(known, datesOf(first, last).filter((date) => date >= today()));
      edit(next, [`Cleared, but for what is booked. Not saved yet: ${summary(changesOf(next))}.`], lost);
    });
  }

  /** Whether there is something to save: edits of days that are over by now are dropped, and said. */
  function canBeReviewed(): boolean {
    const over = changesOf(current()).filter(({ date }) => date < today());
    if (over.length > 0) {
      const days = over.map(({ date }) => longDate(date)).join(", ");
      edit(without(current(), over.map(({ date }) => date)), [`Over by now, and not to be saved: ${days}.`]);
    }
    return current().wanted.size > 0;
  }

  function saved(sent: Draft["wanted"], update: Update) {
    const { added, removed } = update.changes;
    const history = update.audit === "deferred" ? " The history will show it in a few minutes." : "";
    const told = update.changeSetId === null ? "This was saved already." : `Saved: ${added} offered, ${removed} withdrawn.`;
    become(withSaved(current(), sent, update.days), [told + history]);
    setSavedLast(update.changeSetId);
    readAgain();
  }

  /** Undoes what was saved last. */
  function undo(changeSetId: string) {
    return busy(async () => {
      try {
        const update = await api.availability.revert(tutorId, changeSetId);
        become(withSaved(current(), new Map(), update.days), [doneInWords(update)]);
        setSavedLast(null);
      } catch (error) {
        const why = whyItStands(error as Error);
        if (why === undefined) {
          throw error;
        }
        setLines([why]);
      } finally {
        readAgain();
      }
    });
  }

  return {
    ...{ draft, isKnown, zone, today: today(), monday, read, readAgain, lines, savedLast, isBusy },
    goTo(next: string) {
      setTrouble(undefined);
      setMonday(next);
    },
    trouble: read.error ?? trouble ?? (refusal || undefined),
    ...{ pick, take, toggle, copyWeek, clearDays, canBeReviewed, become, saved, undo },
    stepBack: () => edit(stepBack(current()), ["One step back."]),
    discard() {
      edit(discarded(current()), ["The changes are discarded."]);
      readAgain(); // a day that was edited may have moved on
    },
  };
}

/** Does something with each answer, once. */
function useArrival<T>({ answer, isLoading }: Requested<T>, take: (answer: T) => void) {
  useEffect(() => {
    if (answer !== undefined && !isLoading) {
      take(answer);
    }
  }, [answer, isLoading]);
}

/** Returns why what was just saved can't be undone, as far as that is to be expected. */
function whyItStands(error: Error): string | undefined {
  if (error instanceof ChangeSetNotFound) {
    return "It can be undone once the history shows it, in a few minutes.";
  }
  if (error instanceof SlotBooked) {
    return "It can't be undone any more: a slot that this would withdraw was booked meanwhile.";
  }
  if (mayBeSaved(error)) {
    return "No answer came, so it may have been undone, or not: the week shows which. It isn't sent again by itself.";
  }
  return whyNotUndone(error);
}

/** Returns the dates from the first to the last. */
function datesOf(first: string, last: string): string[] {
  const days = (Date.parse(last) - Date.parse(first)) / 86_400_000;
  return Array.from({ length: days + 1 }, (_, i) => addDays(first, i));
}

function clock(minutes: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
