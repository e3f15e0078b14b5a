/** Texts about a draft of the week. */

import { startName } from "../clock";
import { clockName, formatLocale, longDate, zoneName } from "../time";
import { t } from "../texts";
import { dayChanges } from "./draft";
import type { DayChange, Draft } from "./draft";
import { DURATION_MINUTES } from "./slots";
import type { SlotProblem } from "./slots";

/** A text names the dates of at most this many days. */
const MAX_NAMED_DAYS = 2;

/** Return as text how many slots are to be added and removed, on how many days: "2 to add, 1 to remove, on 2 days". */
export function changesText(changes: readonly DayChange[]): string {
  const { added, removed } = countChanges(changes);
  return t.week.changes(added, removed, changes.length);
}

/** Return how many changes aren't saved: "3 changes not saved". */
export function notSavedText(changes: readonly DayChange[]): string {
  const { added, removed } = countChanges(changes);
  return t.week.status.notSaved(added + removed);
}

/**
 * Return what a save means for students: "Students will see 2 more times on Friday 27 November and 1 fewer on Thursday 26
 * November." Many days aren't named.
 */
export function consequenceText(changes: readonly DayChange[]): string {
  const isNamed = changes.length <= MAX_NAMED_DAYS;
  const counts = isNamed
    ? changes.map(({ date, added, removed }) => ({ day: longDate(date), added: added.length, removed: removed.length }))
    : [{ day: null, ...countChanges(changes) }];
  const parts = counts.flatMap(({ day, added, removed }) => [
    ...(added > 0 ? [t.week.moreTimes(added, day)] : []),
    ...(removed > 0 ? [t.week.fewerTimes(removed, day)] : []),
  ]);
  return t.week.students(new Intl.ListFormat(formatLocale()).format(parts), isNamed ? null : changes.length);
}

/** Return a sentence for each slot that isn't possible. It names the slot's zone if it isn't the tutor's. */
export function problemLines(zone: string, problems: readonly SlotProblem[]): string[] {
  return problems.map((slot) =>
    t.week.problem(`${longDate(slot.date)}, ${startName(zone, slot)}`, slot.cannot, obstacleText(slot)),
  );
}

/** Return why a slot isn't possible. The other slot has its date and its zone where they are different. */
function obstacleText({ why, date, timeZone }: SlotProblem): string {
  if (!("other" in why)) {
    return t.week.why[why.kind];
  }
  const { other } = why;
  const day = other.date === date ? null : longDate(other.date);
  const zone = other.timeZone === timeZone ? null : zoneName(other.timeZone);
  return t.week.why[why.kind](t.week.why.other(clockName(other.time), day, zone));
}

function countChanges(changes: readonly DayChange[]): { added: number; removed: number } {
  return {
    added: changes.reduce((sum, day) => sum + day.added.length, 0),
    removed: changes.reduce((sum, day) => sum + day.removed.length, 0),
  };
}

/** Return what an action did, and what isn't saved after it. */
export function notSavedYet(message: string, next: Draft): string {
  return t.week.notSavedYet(message, changesText(dayChanges(next)));
}

/** Return which lengths a slot may have. */
export function lengthText(): string {
  return t.week.lines.length(DURATION_MINUTES.min, DURATION_MINUTES.max);
}
