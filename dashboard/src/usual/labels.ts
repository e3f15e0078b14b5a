/** Texts about a usual week. */

import type { Kept, PublishedSchedule, WeeklySlot } from "slotledger-client";
import { plural } from "../labels";
import { formatLocale, longDate, shortDate } from "../time";
import { WEEKDAYS, minutesOfSlot, timeOf } from "./schedule";
import type { Times, Weekday } from "./schedule";

export const WEEKDAY_NAMES: Record<Weekday, string> = {
  MON: "Monday",
  TUE: "Tuesday",
  WED: "Wednesday",
  THU: "Thursday",
  FRI: "Friday",
  SAT: "Saturday",
  SUN: "Sunday",
};

const MAX_NAMED = 8;
const MAX_SHOWN_DATES = 92; // the server shows at most this many

/** Return the start and the end of a slot: "15:00–15:45". */
export function timesOf(slot: WeeklySlot): string {
  const [from, to] = minutesOfSlot(slot);
  return `${timeOf(from)}–${timeOf(to)}`;
}

/** Return the weekdays and times: "Monday to Friday, 15:00–19:00". */
export function timesName({ weekdays, from, to }: Times): string {
  const numbers = weekdays.map((weekday) => WEEKDAYS.indexOf(weekday));
  const names = weekdays.map((weekday) => WEEKDAY_NAMES[weekday]);
  const isRow = names.length > 2 && numbers.at(-1)! - numbers[0]! === names.length - 1;
  return `${isRow ? `${names[0]} to ${names.at(-1)}` : list(names)}, ${timeOf(from)}–${timeOf(to)}`;
}

/** Return in sentences what publishing changes and what it keeps, for the tutor or an admin. */
export function publishedLines(answer: PublishedSchedule, today: string, isAdmin: boolean): string[] {
  const { added, removed } = answer.changes;
  const until = answer.publishedThrough === null ? "" : ` until ${longDate(answer.publishedThrough, today)}`;
  const counts = [added && `adds ${plural(added, "slot")}`, removed && `removes ${plural(removed, "free slot")}`];
  const text = list(counts.filter((count) => count !== 0));
  const keptOf = (why: Kept["why"]) => answer.kept.filter((kept) => kept.why === why);
  const edited = keptOf("edited");
  const byWhom = !isAdmin ? "you changed" : edited.length === 1 ? "was changed" : "were changed";
  const times = (why: Kept["why"]) =>
    keptOf(why).flatMap((kept) => kept.times.map((time) => `${shortDate(kept.date)} at ${time}`));
  const [booked, overlapping, skipped] = [times("booked"), times("overlap"), times("clock")];
  const hasMore = answer.truncated && new Set(answer.kept.map(({ date }) => date)).size >= MAX_SHOWN_DATES;
  return [
    text === "" ? "No slot changes." : `${text[0]!.toUpperCase()}${text.slice(1)}${until}.`,
    edited.length > 0 &&
      `Keeps ${plural(edited.length, "day")} that ${byWhom} by hand: ${named(edited.map(({ date }) => shortDate(date)))}.`,
    booked.length > 0 &&
      `${plural(booked.length, "booked lesson")} ${booked.length === 1 ? "stays" : "stay"}: ${named(booked)}.`,
    overlapping.length > 0 &&
      `Leaves out ${plural(overlapping.length, "slot")} that would overlap what stays: ${named(overlapping)}.`,
    skipped.length > 0 && `Leaves out ${plural(skipped.length, "slot")} at times that the clocks skip: ${named(skipped)}.`,
    hasMore && "There are more such days; the first ones are named.",
  ].filter((line) => line !== false);
}

/** Return names as a list. If there are many, count the last ones. */
function named(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return list(more > 1 ? [...names.slice(0, MAX_NAMED), `${more} more`] : names);
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat(formatLocale()).format(names);
}
