/** The texts of the history in English. */

import { pluralIn } from "../plural";

const plural = pluralIn("en");

export const history = {
  of: (name: string) => `History of ${name}`,
  timesAre: (place: string) => `Times are ${place}'s.`,
  yours: (place: string) => `Yours (${place}'s) are beside them.`,
  show: "Show",
  shown: { all: "All", edits: "Edits", bookings: "Bookings" },
  sides: "Timeline or week",
  timeline: "Timeline",
  thenAndNow: "Week then and now",
  filter: "Filter",
  period: "Of the last",
  days: (count: number) => plural(count, { one: "day", other: "days" }),
  what: "What",
  actions: { any: "Added or removed", added: "Added", removed: "Removed" },
  reason: "Why",
  anyReason: "Any reason",
  slotsOn: "Slots on",
  clear: "Clear filter",
  csv: "Download (CSV)",
  csvTooLarge: "That is too much for one file. Choose a shorter period, or filter by day or reason.",
  loading: "Loading the history …",
  count: (count: number, days: number, hasMore: boolean) =>
    `${hasMore ? "The newest " : ""}${plural(count, { one: "change", other: "changes" })} of the last ${days} days.`,
  none: (days: number) => `Nothing was changed in the last ${days} days.`,
  noneMatch: (days: number) => `Nothing in the last ${days} days matches the filter.`,
  filtered: "Each edit shows only the slots that match the filter, but “Undo” reverts all of its slots.",
  incomplete: "This history isn't complete.",
  missing: (count: number, days: number) =>
    `${plural(count, { one: "edit", other: "edits" })} of the last ${days} days ${count === 1 ? "is" : "are"} missing. The slots are ` +
    "saved. A repair that runs every few minutes adds the missing edits.",
  reload: "Reload",
  more: "Show more",
  nothingToCompare: "No slot was changed in this period, so there is no week to compare.",
  times: (count: number) => plural(count, { one: "time", other: "times" }),
  added: "added",
  removed: "removed",
  /** After the name of who did it. */
  edited: (_isYou: boolean, added: number, removed: number) =>
    [
      added && `added ${plural(added, { one: "time", other: "times" })}`,
      removed && `removed ${added ? removed : plural(removed, { one: "time", other: "times" })}`,
    ]
      .filter(Boolean)
      .join(" and "),
  usualWeek: "The usual week",
  otherProgram: "Another program",
  anImport: "An import",
  events: {
    PLACED: (_isYou: boolean, student?: string) => (student ? `booked for ${student}` : "booked"),
    HELD: (_isYou: boolean, student?: string) => (student ? `held it for ${student}` : "held it"),
    CONFIRMED: (_isYou: boolean, student?: string) => (student ? `confirmed the hold of ${student}` : "confirmed the hold"),
    CANCELLED: (_isYou: boolean, student?: string) => (student ? `cancelled the lesson of ${student}` : "cancelled"),
    MOVED: (_isYou: boolean, student?: string) => `moved the lesson${student ? ` of ${student}` : ""} to another time`,
    EXPIRED: (_isYou: boolean, _?: string) => "let the hold run out",
    COMPLETED: (_isYou: boolean, student?: string) => `said that the lesson${student ? ` of ${student}` : ""} took place`,
    NO_SHOW: (_isYou: boolean, student?: string) => `said that ${student ?? "the student"} didn't come`,
  },
  changed: (_isYou: boolean, field: string) => `changed ${field}:`,
  settings: {
    name: "the name",
    timeZone: "the time zone",
    active: "whether the tutor is active",
    bookingNoticeMinutes: "the minutes of notice for bookings",
    cancellationNoticeMinutes: "the minutes of notice for cancellations",
    externalId: "the external id",
    userId: "the user id",
    tags: "the tags",
    weeklySchedule: "the usual week",
  },
  sources: {
    deferred: "Recorded late, because the log wasn't available when this was saved. Nothing is missing.",
    reconstructed:
      "Reconstructed: the net change of edits whose entries were lost. These edits were saved at this time or earlier. The " +
      "history can't show them one by one.",
    external: "Found at this time. Nobody knows when it was changed, and by whom.",
    notCertain: "not certain",
  },
  details: "Details",
  changeSet: "Change set",
  user: "User",
  time: "Time",
  then: "Then",
  undo: "Undo",
  /** The dialog that undoes an edit, and what it did. */
  revert: {
    title: "Undo this edit?",
    savedOn: (when: string) => `Saved on ${when}. Slots that were changed again later stay as they are.`,
    byHand: "The usual week won't bring these days back: they count as changed by hand.",
    checking: "Checking what undo would change …",
    nothingLeft: "There is nothing left to undo: all slots of this edit were undone or changed again later.",
    changes: (counts: string) => `This would change: ${counts}.`,
    conflicts:
      "This can't be undone: it would remove slots that students have booked. Move or cancel these lessons first, or " +
      "change the other slots in the week.",
    note: "Note for the history (optional)",
    undoing: "Undoing …",
    cancel: "Cancel",
    uncertain: "It isn't certain whether this was undone. Look at the history.",
    nothingUndone: "Nothing was undone.",
    wasNothing: "There was nothing left to undo.",
    done: (counts: string, isLate: boolean) =>
      `Undone: ${counts}.${isLate ? " It is saved; the history shows it in a few minutes." : ""}`,
    replaced:
      "This edit isn't in the history any more. It stood for edits whose entries were missing. These entries have replaced " +
      "it. Close this and reload the page.",
    incomplete: "Not all of this edit is in the history yet. Try again in a few minutes.",
    past: "This edit includes a day in the past, which can't be changed. You can change its other days in the week.",
    overlap: "A slot that undo would add again overlaps a slot that was added later. Remove the later slot in the week first.",
  },
  counts: (added: number, removed: number) =>
    [added && `${added} added`, removed && `${removed} removed`].filter(Boolean).join(", "),
  here: "The week beside is of this moment",
  asItWas: "As it was on",
  weekOf: (range: string) => `The week of ${range}`,
  moment: "Moment",
  now: "now",
  justBefore: (date: string, time: string) => `${date}, just before ${time}`,
  changeBefore: "The change before",
  changeAfter: "The change after",
  certain: "Every change of this week since then is in the log.",
  notCertain: "Some edits of this week are missing from the log, so it may have been different then.",
  foundAt: (when: string) => `A change that nobody recorded was found on ${when}. When it was made isn't known.`,
  thenTitle: "Then",
  nowTitle: "Now",
  states: { free: "free", booked: "booked", gone: "removed", never: "not offered", different: "different" },
  difference: (was: string, is: string) => `${was}, now ${is}`,
  isNow: (state: string) => `${state} now`,
  wasThen: (state: string) => `${state} then`,
  offeredThen: "offered then",
  same: "Nothing is different now.",
  noSlots: "This week has no slot, then or now.",
  exact: "An exact time, or another week",
  instant: (place: string) => `Date and time in ${place}`,
  twice: "This time came twice",
  firstTime: "The first time",
  secondTime: "The second time",
  dayOfWeek: "A day of the week to show",
  showIt: "Show",
  errors: {
    skipped: "That time didn't exist: the clocks skipped it on that day. Choose another time.",
    future: "That time is in the future. Choose an earlier time.",
    tooEarly: "There is no history from before 2000. Choose a later time.",
  },
};
