/** What tutors read in their week, in English. */

import { pluralIn } from "../plural";

const plural = pluralIn("en");
const lessons = (count: number) => plural(count, { one: "lesson", other: "lessons" });
const freeTimes = (count: number) => plural(count, { one: "free time", other: "free times" });
const times = (count: number) => plural(count, { one: "time", other: "times" });
const days = (count: number) => plural(count, { one: "day", other: "days" });
const minutes = (count: number) => plural(count, { one: "minute", other: "minutes" });
const list = (...parts: (string | false)[]) => parts.filter(Boolean).join(", ");

export const week = {
  bar: {
    earlier: "Earlier",
    later: "Later",
    thisWeek: "This week",
    today: "Today",
    number: (week: number) => `Week ${week}`,
    newTimes: "New times:",
    lengthOfNew: "Length of new times",
    minutes: (count: number) => `${count} min`,
    holidays: "Holidays",
    ill: "I'm ill",
    more: "More",
  },
  zones: {
    timesAre: (tutors: string, viewers: string) => `Times are ${tutors}, the tutor's. Yours (${viewers}) are below them.`,
    skipped: (day: string, from: string, to: string) => `On ${day} the clocks change: ${from} to ${to} doesn't exist.`,
    twice: (day: string, from: string, to: string) =>
      `On ${day} the clocks change: ${from} to ${to} comes twice; slots start the first time.`,
    moved: "You moved?",
    freeIn: (zones: string, own: string, nine: string) =>
      `Free slots of this week are in ${zones}. The tutor's time zone is ${own}. You can shift the free slots of the ` +
      `coming weeks: ${nine} stays ${nine}, but in ${own}.`,
    shift: (from: string, to: string) => `Shift ${from} to ${to}`,
  },
  grid: {
    states: {
      ...{ free: "free", held: "held for a student who is paying", booked: "booked" },
      ...{ added: "to be added", removed: "to be removed" },
    },
    /** The same in a slot of the grid, as a note. */
    notes: { added: "new", held: "Held", booked: "Booked" },
    heldFor: (left: string) => `held ${left}`,
    notActive: "Not active",
    tooSoon: "Too soon",
    obstacles: {
      inactive: "Nobody can book this: the tutor is not active",
      past: "Nobody can book this: it has begun",
      too_soon: "Nobody can book this: it starts too soon",
    },
    sinceDayBefore: "since the day before",
    untilNextDay: "until the next day",
    offeredAs: (time: string, zone: string) => `offered as ${time} ${zone}`,
    yourTime: (time: string) => `${time} your time`,
    nothing: (day: string, time: string) => `${day}, ${time}, nothing offered`,
    skips: (from: string, to: string) => `The clocks skip ${from} to ${to}`,
    twice: (from: string, to: string) => `${from} to ${to} comes twice`,
    minutes,
    /** What a drag would draw. */
    draws: (days: string, span: string, count: number, length: number, isEachDay: boolean) =>
      `${days}, ${span}: ${times(count)} of ${length} minutes${isEachDay ? " a day" : ""}`,
    missed: "To move a lesson, drop it on a free time.",
  },
  dayHas: (day: string, offered: number, booked: number) => `${day}, ${offered} offered, ${booked} booked`,
  overview: {
    booked: "booked of",
    offered: (hours: string) => `${hours} offered`,
    hours: (amount: string) => `${amount} h`,
    next: "Next lessons",
    today: (time: string) => `today ${time}`,
    tomorrow: (time: string) => `tomorrow ${time}`,
  },
  /** Which hours students book most. */
  demand: {
    show: "Shade the hours that fill up",
    seldom: "seldom booked",
    always: "nearly always",
    means: "How many of the times that you offered in the last 12 weeks were booked.",
    hour: (when: string, booked: string, offered: string) => `${when}: ${booked} of ${offered} booked`,
    none: "No hour fills up yet.",
  },
  student: (id: string) => `Student …${id}`,
  outcomes: { COMPLETED: "Completed", NO_SHOW: "Didn't come" },
  /** The line below the week. */
  status: {
    saved: "Everything is saved",
    notSaved: (changes: number) => `${plural(changes, { one: "change", other: "changes" })} not saved`,
    hint: "Click to offer a time, drag for several.",
    tooManyDays: (max: number) => `You can save at most ${max} days at a time. Undo, then repeat or clear fewer weeks.`,
    elsewhere: "Another tab has changes of this tutor that aren't saved. If you save here, too, the second save shows both.",
    hide: "Hide the message",
    undoSave: "Undo the save",
    undo: "Undo",
    undoKeys: "Ctrl Z",
    discard: "Discard",
    review: "Review",
    save: "Save",
    saving: "Saving …",
  },
  /** What a save means for students. A day is named if there are few. */
  students: (parts: string, count: number | null) => `Students will see ${parts}${count === null ? "" : `, on ${days(count)}`}.`,
  moreTimes: (count: number, day: string | null) =>
    `${plural(count, { one: "more time", other: "more times" })}${day === null ? "" : ` on ${day}`}`,
  fewerTimes: (count: number, day: string | null) => `${count} fewer${day === null ? "" : ` on ${day}`}`,
  changes: (added: number, removed: number, count: number) => `${added} to add, ${removed} to remove, on ${days(count)}`,
  notSavedYet: (what: string, changes: string) => `${what} Not saved yet: ${changes}.`,
  /** What the last action did, or why it wasn't possible. */
  lines: {
    loading: (day: string) => `${day} is still loading. Try again when its slots are shown.`,
    past: (day: string) => `${day} is in the past and can't be changed.`,
    length: (min: number, max: number) => `Length in minutes: use a whole number from ${min} to ${max}.`,
    toBeAdded: (day: string, slots: string) => `${day}: ${slots} to be added.`,
    alreadyThere: (day: string, slots: string, count: number) =>
      `${day}: ${slots} ${count === 1 ? "is already there" : "are already there"}.`,
    becomes: (day: string, before: string, after: string) => `${day}: ${before} becomes ${after}.`,
    booked: (slot: string) => `${slot} is booked. To remove it, cancel the booking first.`,
    held: (slot: string) => `${slot} is held for a student who is paying. To remove it, cancel the booking first.`,
    stays: (slot: string) => `${slot} stays.`,
    notAdded: (slot: string) => `${slot} won't be added.`,
    toBeRemoved: (slot: string) => `${slot} to be removed.`,
    copied: "Copied the week before.",
    repeated: "Repeated this week.",
    cleared: "Cleared; booked slots stay.",
    everyWeek: (slot: string, until: string) => `${slot} every week until ${until}.`,
    resized: (count: number, from: number, to: number, until: string) =>
      `${freeTimes(count)} of ${from} minutes ${count === 1 ? "becomes" : "become"} ${to} until ${until}. Not saved yet.`,
    noRoom: (count: number) =>
      `${plural(count, { one: "time stays as it is", other: "times stay as they are" })}, because there is no room:`,
    shifted: (from: string, to: string, until: string) => `Shifted from ${from} to ${to} until ${until}; booked slots stay.`,
    asUsual: (day: string) => `${day} is as in the usual week; booked slots stay.`,
    byHand: "It stays a day that was changed by hand.",
    nowPast: (days: string) => `In the past now, and not saved: ${days}.`,
    andMore: (count: number) => `And ${count} more.`,
    undone: "The last change is undone.",
    discarded: "The changes are discarded.",
    alreadySaved: "This was already saved.",
    saved: (added: number, removed: number) => `Saved: ${added} added, ${removed} removed.`,
    historyLater: "The history shows it in a few minutes.",
    cannotUndoYet: "This can't be undone yet: it isn't in the history. Try again in a few minutes.",
    cannotUndoBooked: "This can't be undone: a slot that it added is booked now. Cancel the booking first.",
    undoUncertain: "It isn't certain whether the save was undone. Look at the week. If the save wasn't undone, try again.",
  },
  /** Why a slot can't be added or removed, or can't have another length. */
  problem: (slot: string, cannot: "add" | "remove" | number, why: string) =>
    `${slot} ${cannot === "add" ? "can't be added" : cannot === "remove" ? "can't be removed" : `can't have ${cannot} minutes`}: ${why}.`,
  why: {
    skipped: "the clocks skip that time on that day",
    overlap: (slot: string) => `it overlaps the slot at ${slot}`,
    sameStart: (slot: string) => `that day has a slot at ${slot}`,
    booked: "it is booked now",
    /** The other slot: its start, with its date and its zone if they are different. */
    other: (time: string, day: string | null, zone: string | null) =>
      `${time}${day === null ? "" : ` on ${day}`}${zone === null ? "" : ` (${zone})`}`,
  },
  slot: {
    ...{ day: "Day", start: "Start", minutes: "Minutes" },
    ...{ change: "Change", takeBack: "Take back", everyWeek: "Every week" },
  },
  ill: {
    today: "Today",
    tomorrow: "Tomorrow",
    cancelled: (count: number) => `${lessons(count)} will be cancelled`,
    withdrawn: (count: number) => `${freeTimes(count)} will be withdrawn`,
    aStudent: "a student",
    message: (student: string | null) => `What ${student ?? "the students"} will read`,
    unsaved: "Changes of this day that aren't saved are kept, and saved later.",
    atOnce: "Both happen at once, so nobody can book in between.",
    nothing: "Nothing to withdraw",
    none: "Nothing that is still to come is offered or booked on this day.",
    action: (cancelled: number, free: number) =>
      list(
        cancelled > 0 && `Cancel ${lessons(cancelled)}`,
        free > 0 && `${cancelled > 0 ? "withdraw" : "Withdraw"} ${times(free)}`,
      ),
    done: (day: string, cancelled: number, free: number) =>
      `${day}: ${list(cancelled > 0 && `${lessons(cancelled)} cancelled`, free > 0 && `${freeTimes(free)} withdrawn`)}.`,
  },
  more: {
    goTo: "Go to",
    offerTitle: "Offer a time",
    offer: "Offer",
    copyTitle: "Copy",
    copyMeans: "This week's times become those of the week before.",
    copy: "Copy the week before",
    repeatFor: "Repeat this week for the next",
    weeks: (count: number) => plural(count, { one: "week", other: "weeks" }),
    repeat: "Repeat",
    lengthTitle: "Another length for free times",
    lengthMeans: "In the coming 12 weeks. Times without room stay, and are named.",
    fromMinutes: "From minutes",
    toMinutes: "To minutes",
    changeLength: "Change the length",
    clearFrom: "Clear from",
    clearTo: "to",
    clear: "Clear",
    allUsual: "All days of this week are as in the usual week.",
    unusualDay: "Day with other slots than usual",
    backToUsual: "Back to the usual week",
  },
  review: {
    title: "Review and save",
    twoEdits: "Two edits of the same day",
    back: "Back to the week",
    checking: "Checking the changes …",
    nothing: "There is nothing to save.",
    caption: "What a save would change",
    add: "Add",
    remove: "Remove",
    conflicts: "These slots can't be removed: students have booked them or are paying for them.",
    keep: "Keep them and continue",
    why: "Why",
    note: "Note for the history (you and support see it)",
    noteOfSupport: "Note for the history (the tutor and support see it)",
    invalid: "This can't be saved. Go back to the week and change this:",
    othersEdited: (count: number) =>
      `Somebody else has saved an edit of the same ${count === 1 ? "day" : "days"}. Yours isn't saved yet. Choose what to keep.`,
    theirs: "Theirs",
    yours: "Yours",
    choices: { both: "Both edits", mine: "Only mine", theirs: "Only theirs" },
    added: (slot: string) => `added ${slot}`,
    removed: (slot: string) => `removed ${slot}`,
    noChanges: "no changes",
    noSlots: "no slots",
    continue: "Continue",
  },
  booking: {
    moveThis: "Move this booking?",
    fromTo: (student: string, from: string) => `${student}: from ${from} to`,
    offeredIn: (zone: string) => `(offered in ${zone})`,
    studentId: (id: string) => `Student id: ${id}`,
    held: (until: string | null) => `Held${until === null ? "" : ` until ${until}`}, and not confirmed yet.`,
    booked: "Booked.",
    outcome: (outcome: string) => `${outcome}.`,
    moveTo: "Move to",
    choose: "Choose a free slot",
    noTarget: "There is no free slot in these four weeks to move this booking to.",
    move: "Move",
    dontMove: "Don't move",
    cancelTitle: "Cancel this lesson",
    cancelWhy: "Why (the student sees it)",
    cancel: "Cancel the lesson",
    moved: (student: string, from: string, to: string) => `${student}: moved from ${from} to ${to}.`,
    cancelled: (student: string, when: string) => `${student}: ${when} is cancelled.`,
    nowCompleted: (student: string, when: string) => `${student}, ${when}: completed.`,
    nowNoShow: (student: string, when: string) => `${student}, ${when}: didn't come.`,
    notFree: "This slot isn't free any more. Choose another one.",
  },
};
