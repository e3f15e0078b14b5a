import { slotName } from "../clock";
import type { ZonedSlot } from "../clock";
import { addDays, datesBetween, longDate, zoneName } from "../time";
import { t } from "../texts";
import { dayChanges } from "./draft";
import type { Draft, Edited } from "./draft";
import { lengthText, notSavedYet } from "./labels";
import { clearDays, copyDays, repeatSlot, resizeSlots, shiftToTutorsZone } from "./manyDays";
import { isValidDuration } from "./slots";

/** How many weeks are changed in one step. They fit into one save. */
const WEEKS = 12;

interface ShownWeek {
  zone: string;
  today: () => string;
  weekStart: string;
  /** Load days and edit them in one step. Show what `messagesOf` returns, and what didn't fit. */
  editMany: (
    dates: readonly [first: string, last: string],
    edit: (loaded: Draft) => Edited,
    messagesOf: (edited: Edited) => readonly string[],
    maxLines?: number,
  ) => Promise<void>;
  showLines: (lines: readonly string[]) => void;
}

/** Return functions that edit several weeks of the tutor, of which only the shown week is loaded. */
export function editingManyDays({ zone, today, weekStart, editMany, showLines }: ShownWeek) {
  /** Copy the week that begins on `source` to the `count` days from `first` on. Past days and booked slots stay. */
  function copyWeek(source: string, first: string, count: number, message: string) {
    const pairs = Array.from({ length: count }, (_, i) => [addDays(source, i % 7), addDays(first, i)] as const);
    return editMany(
      [source < first ? source : first, addDays(first, count - 1)],
      (loaded) => copyDays(loaded, pairs.filter(([, to]) => to >= today())),
      ({ draft }) => [notSavedYet(message, draft)],
    );
  }

  /** Remove all slots of a range of dates. Past days and booked slots stay. */
  function clearBetween(first: string, last: string) {
    const dates = datesBetween(first, last).filter((date) => date >= today());
    return editMany(
      [first, last],
      (loaded) => ({ draft: clearDays(loaded, dates, Date.now()), problems: [] }),
      ({ draft }) => [notSavedYet(t.week.lines.cleared, draft)],
    );
  }

  /** Offer a slot also in the weeks that follow, at the same local time. */
  function repeat(date: string, slot: ZonedSlot, weeks: number) {
    const dates = Array.from({ length: weeks }, (_, i) => addDays(date, 7 * (i + 1)));
    const message = t.week.lines.everyWeek(slotName(zone, date, slot), longDate(dates.at(-1)!));
    return editMany(
      [dates[0]!, dates.at(-1)!],
      (loaded) => repeatSlot(loaded, slot, dates),
      ({ draft }) => [notSavedYet(message, draft)],
    );
  }

  /** Give the free slots of one length another length, from today on for some weeks. Those without room stay. */
  function resize(fromMinutes: number, toMinutes: number) {
    if (!isValidDuration(toMinutes)) {
      showLines([lengthText()]);
      return;
    }
    const [first, last] = [today(), addDays(today(), 7 * WEEKS - 1)];
    return editMany(
      [first, last],
      (loaded) => resizeSlots(loaded, datesBetween(first, last), [fromMinutes, toMinutes], Date.now()),
      ({ draft, problems }) => {
        const added = dayChanges(draft).flatMap(({ added }) => added);
        const count = added.filter(({ durationMinutes }) => durationMinutes === toMinutes).length;
        const message = t.week.lines.resized(count, fromMinutes, toMinutes, longDate(last));
        return problems.length > 0 ? [message, t.week.lines.noRoom(problems.length)] : [message];
      },
      Infinity,
    );
  }

  /** Shift the free slots of a zone to the tutor's zone, from today or the shown week on. Booked slots stay. */
  function shiftZone(fromZone: string) {
    const soon = addDays(today(), 7 * (WEEKS - 1));
    const from = weekStart <= soon ? today() : weekStart;
    const until = addDays(from, 7 * WEEKS - 1);
    return editMany(
      [from, until],
      (loaded) => shiftToTutorsZone(loaded, fromZone, datesBetween(from, until), Date.now()),
      ({ draft }) => [notSavedYet(t.week.lines.shifted(zoneName(fromZone), zoneName(draft.zone), longDate(until)), draft)],
    );
  }

  return { copyWeek, clearBetween, repeat, resize, shiftZone };
}
