/** The texts of the usual week in English. */

import { pluralIn } from "../plural";

const plural = pluralIn("en");
const slots = (count: number) => plural(count, { one: "slot", other: "slots" });
const freeSlots = (count: number) => plural(count, { one: "free slot", other: "free slots" });

export const usual = {
  about: (zone: string) =>
    `Draw what you offer in a usual week. It is published by itself, week after week. Times are ${zone}.`,
  notPublished: "Nothing is published by itself yet.",
  publishedUntil: (day: string) => `Published until ${day}.`,
  stop: "Stop publishing",
  form: {
    length: "Length in minutes",
    pause: "Pause between",
    start: "Start",
    end: "End",
    days: "Days",
    add: "Add",
    remove: "Remove",
    wholeNumbers: "Use whole numbers: 5 to 720 for the length in minutes, 0 to 720 for the pause.",
  },
  grid: {
    name: "The usual week",
    time: "Time",
    cell: (weekday: string, time: string, slots: string) => `${weekday} ${time}${slots === "" ? "" : `, slot ${slots}`}`,
    help:
      "Click a time to add a slot, and a slot to remove it. Drag over several days to fill them; what was there is " +
      "replaced. By keyboard: arrow keys, with Shift for several, then Enter to add or Delete to remove.",
  },
  row: (first: string, last: string) => `${first} to ${last}`,
  added: (times: string, added: number, replaced: number) =>
    `${times}: ${slots(added)} added${replaced > 0 ? `, ${replaced} replaced` : ""}.`,
  removedOne: (weekday: string, times: string) => `${weekday}, ${times} removed.`,
  removed: (count: number) => `${slots(count)} removed.`,
  every: "Every",
  rhythms: ["week", "second week", "third week", "fourth week"],
  fromMonday: "These weeks are from Monday to Sunday.",
  from: "From",
  weeksAhead: "Weeks ahead",
  breaks: {
    title: "Breaks",
    about: "Nothing is offered from the first to the last day. For a single day, leave the last day empty.",
    number: (number: number) => `Break ${number}`,
    first: "First day",
    last: "Last day",
    note: "Note (optional)",
    remove: "Remove",
    removeNumber: (number: number) => `Remove break ${number}`,
  },
  holidays: {
    title: "Public holidays",
    country: "Country",
    choose: "Choose …",
    region: "Region",
    whole: "The whole country",
    tickAll: "Tick all",
    span: (first: string, last: string) => `${first} to ${last}`,
    inBreak: "(in a break already)",
  },
  aWeek: (count: number) => `${slots(count)} a week.`,
  notSaved: "Not saved yet.",
  noChanges: "No changes to save.",
  discard: "Discard",
  discarded: "The changes are discarded.",
  review: "Review and save",
  stopped: (removed: number) => `Publishing is stopped: ${freeSlots(removed)} removed.`,
  saved: (added: number, removed: number) => `Saved: ${added} added, ${removed} removed.`,
  historyLater: "The history shows it in a few minutes.",
  asItIs: "This is the usual week as it is now.",
  publish: {
    changedElsewhere: "The usual week was changed elsewhere",
    somebody: "Somebody has changed it since you opened this page. Nothing of yours is saved yet.",
    show: "Show it as it is now",
    stopAnyway: "Stop it all the same",
    replace: "Replace it by mine",
    stopQuestion: "Stop publishing?",
    checking: "Checking the changes …",
    save: "Save",
    saving: "Saving …",
    back: "Back to the usual week",
    invalid: "This can't be saved. Go back and change this:",
    /** A choice for the days that were changed by hand. */
    also: (isStop: boolean, isAdmin: boolean) =>
      `Also ${isStop ? "clear" : "replace"} days that ${isAdmin ? "were" : "I"} changed by hand`,
  },
  /** What publishing changes and what it keeps. */
  lines: {
    none: "No slot changes.",
    changes: (added: number, removed: number, until: string | null) => {
      const text = [added && `adds ${slots(added)}`, removed && `removes ${freeSlots(removed)}`].filter(Boolean).join(" and ");
      return `${text[0]!.toUpperCase()}${text.slice(1)}${until === null ? "" : ` until ${until}`}.`;
    },
    kept: (count: number, isAdmin: boolean, days: string) =>
      `Keeps ${plural(count, { one: "day", other: "days" })} that ` +
      `${!isAdmin ? "you changed" : count === 1 ? "was changed" : "were changed"} by hand: ${days}.`,
    booked: (count: number, times: string) =>
      `${plural(count, { one: "booked lesson stays", other: "booked lessons stay" })}: ${times}.`,
    overlapping: (count: number, times: string) => `Leaves out ${slots(count)} that would overlap what stays: ${times}.`,
    skipped: (count: number, times: string) => `Leaves out ${slots(count)} at times that the clocks skip: ${times}.`,
    hasMore: "There are more such days; the first ones are named.",
    at: (day: string, time: string) => `${day} at ${time}`,
    more: (count: number) => `${count} more`,
  },
};
