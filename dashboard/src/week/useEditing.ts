import { useEffect, useRef, useState } from "react";
import { ChangeSetNotFound, DateInPast, SlotBooked } from "slotledger-client";
import type { Api, AvailabilityOptions, Update } from "slotledger-client";
import { addDays, longDate, viewersZone } from "../time";
import { useAsked } from "../useAsked";
import { dateAt, slotName } from "../clock";
import { changesOf, clear, copy, discarded, noDraft, offer, stepBack, withRead, withSaved, withdraw } from "./draft";
import type { Draft, LeftOut, ShownSlot } from "./draft";
import { leftOutInWords, summary } from "./words";

export interface EditingProps {
  api: Api;
  tutorId: string;
  /** The edit that isn't saved yet; it outlives the view. */
  draft: Draft | undefined;
  onDraft: (draft: Draft) => void;
}

/** What was just done, in words; what was saved can be undone. */
interface Done {
  lines: string[];
  changeSetId?: string | null;
}

const MOST_LINES = 8;

/** Edits a tutor's days: each step changes the draft, and says in words what it did. Nothing is saved here. */
export function useEditing({ api, tutorId, draft = noDraft, onDraft }: EditingProps, chosenMonday: string | undefined) {
  const [done, setDone] = useState<Done>({ lines: [] });
  const [trouble, setTrouble] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const latest = useRef(draft);
  latest.current = draft;

  // Until the first answer tells the tutor's zone, today is taken to be what it is here.
  const isKnown = draft.read.size > 0;
  const zone = isKnown ? draft.zone : viewersZone();
  const today = dateAt(zone, Date.now());
  const monday = chosenMonday ?? addDays(today, -((new Date(today).getUTCDay() + 6) % 7));
  const sunday = addDays(monday, 6);
  const read = useAsked(`${tutorId} ${monday}`, (signal) => load(monday, sunday, { signal }));
  // Why slots are occupied comes besides, if it comes: it is answered with the log, which nothing here may wait for.
  const explained = useAsked(`${tutorId} ${monday}`, (signal) => load(monday, sunday, { explain: true, signal }));
  for (const { answer, isLoading } of [read, explained]) {
    useEffect(() => {
      if (answer && !isLoading) {
        onDraft(answer(latest.current));
      }
    }, [answer, isLoading]);
  }

  function readAgain() {
    read.again();
    explained.again();
  }

  /** Returns what puts the days of a range into a draft. */
  async function load(first: string, last: string, options?: AvailabilityOptions): Promise<(known: Draft) => Draft> {
    const answer = await api.availability.getAvailability(tutorId, first, last, options);
    return (known) => withRead(known, answer.timeZone, datesOf(first, last), answer.days);
  }

  function edit(next: Draft, lines: string[], leftOut: readonly LeftOut[] = []) {
    const missing = leftOutInWords(leftOut);
    const more = missing.length > MOST_LINES ? [`And ${missing.length - MOST_LINES} more are left out.`] : [];
    onDraft(next);
    setTrouble(undefined);
    setDone({ lines: [...lines, ...missing.slice(0, MOST_LINES), ...more] });
  }

  function say(line: string) {
    setDone({ lines: [line] });
  }

  function isOver(date: string): boolean {
    if (date < today) {
      say(`${longDate(date)} is over, and can't be changed any more.`);
    }
    return date < today;
  }

  /** Offers a slot, or as many as fit between two times (minutes since midnight). */
  function pick(date: string, minutes: number, from: number, to: number | null = null) {
    if (isOver(date)) {
      return;
    }
    if (!(minutes >= 5 && minutes <= 720)) {
      say("Say first how long a slot is to be: 5 to 720 minutes.");
      return;
    }
    const starts = [from];
    while (to !== null && starts.at(-1)! + 2 * minutes <= to) {
      starts.push(starts.at(-1)! + minutes);
    }
    const slots = starts.map((start) => ({ time: clock(start), durationMinutes: minutes }));
    const { draft: next, leftOut } = offer(draft, date, slots);
    const offered = slots.filter(({ time }) => !leftOut.some((other) => other.time === time));
    const names = offered.map((slot) => slotName(zone, date, slot)).join(", ");
    edit(next, offered.length > 0 ? [`${longDate(date)}: ${names} to be offered.`] : [], leftOut);
  }

  /** Withdraws a slot, or lets it stay after all. */
  function toggle(date: string, slot: ShownSlot) {
    const name = `${longDate(date)}, ${slotName(zone, date, slot)}`;
    if (slot.state === "booked" || slot.state === "held") {
      const why = slot.state === "booked" ? "is booked" : "is held for a student who is paying";
      say(`${name} ${why}: it can't be withdrawn unless the booking is cancelled.`);
    } else if (isOver(date)) {
      return;
    } else if (slot.state === "removed") {
      const { draft: next, leftOut } = offer(draft, date, [slot]);
      edit(next, leftOut.length === 0 ? [`${name} stays.`] : [], leftOut);
    } else {
      edit(withdraw(draft, date, slot), [slot.state === "added" ? `${name} isn't offered.` : `${name} to be withdrawn.`]);
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

  /** Lets the days from `first` on have the slots of as many days from `source` on, these again and again. */
  function copyWeek(source: string, first: string, days: number, what: string) {
    const [from, last] = [source < first ? source : first, addDays(first, days - 1)];
    return busy(async () => {
      const known = (await load(from, last))(latest.current);
      const pairs = Array.from({ length: days }, (_, i) => [addDays(source, i % 7), addDays(first, i)] as const);
      const { draft: next, leftOut } = copy(known, pairs.filter(([, to]) => to >= today));
      edit(next, [`${what}. Not saved yet: ${summary(changesOf(next))}.`], leftOut);
    });
  }

  function clearDays(first: string, last: string) {
    return busy(async () => {
      const known = (await load(first, last))(latest.current);
      const next = clear(known, datesOf(first, last).filter((date) => date >= today));
      edit(next, [`Cleared, but for what is booked. Not saved yet: ${summary(changesOf(next))}.`]);
    });
  }

  function saved(update: Update) {
    onDraft(withSaved(latest.current, update.days));
    const { added, removed } = update.changes;
    const history = update.audit === "deferred" ? " The history will show it in a few minutes." : "";
    const line = update.changeSetId === null ? "This was saved already." : `Saved: ${added} offered, ${removed} withdrawn.`;
    setDone({ lines: [line + history], changeSetId: update.changeSetId });
    readAgain();
  }

  /** Undoes what was saved last. */
  function undo(changeSetId: string) {
    return busy(async () => {
      try {
        const update = await api.availability.revert(tutorId, changeSetId);
        onDraft(withSaved(latest.current, update.days));
        const { added, removed } = update.changes;
        say(`Undone: ${added} offered again, ${removed} withdrawn again.`);
        readAgain();
      } catch (error) {
        if (error instanceof ChangeSetNotFound) {
          setDone({ lines: ["It can be undone once the history shows it, in a few minutes."], changeSetId });
        } else if (error instanceof SlotBooked) {
          say("It can't be undone any more: a slot that this would withdraw was booked meanwhile.");
        } else if (error instanceof DateInPast) {
          say("It can't be undone any more: one of its days is over.");
        } else {
          throw error;
        }
      }
    });
  }

  return {
    ...{ draft, isKnown, zone, today, monday, read, done, trouble, isBusy },
    ...{ pick, toggle, copyWeek, clearDays, saved, undo },
    stepBack: () => edit(stepBack(draft), ["One step back."]),
    discard: () => edit(discarded(draft), ["The changes are discarded."]),
  };
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
