import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
type HistoryQuery = NonNullable<paths["/audit_history"]["get"]["parameters"]["query"]>;
type SearchQuery = paths["/find_slots"]["get"]["parameters"]["query"];

/** A date as `YYYY-MM-DD` in the zone of the slot. */
export type LocalDate = string;
/** An instant in RFC 3339 format with an offset: `2026-11-23T09:00:00+01:00`. */
export type Instant = string;

/** The days of a range that have slots or were edited, ordered by date. `timeZone` is the tutor's, for new slots. */
export type Availability = Schemas["Availability"];
/** A day. `version` is 0 before the first edit. Each edit that changes the day adds 1. */
export type Day = Schemas["DayAnswer"];
/**
 * A slot. `time` (`HH:MM`) is the start in the slot's zone: `timeZone`, or the answer's `timeZone` if the slot has none.
 * `startsAt` and `endsAt` are instants. A slot that is `AVAILABLE` and has a `notBookable` can't be booked now.
 */
export type TimeSlot = Schemas["SlotAnswer"];
/** The time of a slot that was removed. Only the tutor and admins get who removed it, when and why. */
export type NotOffered = Schemas["NotOffered"];

/**
 * A slot to save. `time` is `HH:MM`; `durationMinutes` is 5 to 720, 60 by default. You can also pass a `TimeSlot`.
 *
 * Pass the `timeZone` of each slot that you send back with another duration: without a `timeZone`, it is a new slot, in
 * the tutor's zone.
 */
export type TimeSlotToOffer = Schemas["TimeSlotBody"] & Partial<Pick<TimeSlot, "why" | "heldUntil">>;
/** A day to save: its slots, and the version that the edit is based on. You can also pass a `Day`. */
export type DayToSave = Omit<Schemas["DayBody"], "timeSlots"> & { timeSlots: readonly TimeSlotToOffer[] } & Partial<
    Pick<Day, "notOffered">
  >;
/** The reason of a change. */
export type Reason = Entry["reason"];
/** The reasons that an edit can have. Imports, schedules and other programs have others. */
export type EditReason = NonNullable<Schemas["EditDay"]["reason"]>;

/**
 * The days after an update, and what the update changed. If `audit` is `deferred`, the update is saved, and its entries
 * are added to the history later. If nothing changed, `changeSetId` is null.
 */
export type Update = Schemas["Update"];
/** What an update would change, and its conflicts. Nothing is saved; `days` are the days as they are now. */
export type DryRun = Schemas["DryRun"];
/** A slot that an update added or removed. */
export type Change = Schemas["SlotChange"];
/** A booked slot that an update would remove, with the status of its booking. */
export type Conflict = Schemas["Conflict"];

/** An entry of the history: a slot that was added or removed, by whom, when and why. */
export type Entry = Schemas["Entry"];
/** A filter for entries by action, reason and the slot's date. An entry must match each field that is set. */
export type EntryFilter = Pick<HistoryQuery, "action" | "reason" | "date">;
/** A page of entries, newest first. */
export interface History extends Array<Entry> {
  /** Whether the log has every edit of the period. The filter and the page don't change this value. */
  readonly complete: boolean;
  /** How many edits of the period have no entries in the log. The filter and the page don't change this number. */
  readonly missingVersions: number;
  /** The `cursor` to pass for the next page; null on the last page. */
  readonly nextCursor: string | null;
  /** With `include`: what happened to bookings, newest first, between this page and the page before. */
  readonly bookingEvents?: BookingEvent[];
  /** With `include`: the changes of the tutor's settings, newest first, between this page and the page before. */
  readonly settingsEvents?: SettingsEvent[];
}
/** What happened to a booking: when and by whom. */
export type BookingEvent = Schemas["BookingEvent"];
/** A change of one of a tutor's settings. */
export type SettingsEvent = Schemas["SettingsEvent"];

/** A tutor's statistics for `(since, until]`. `byWeekdayHour` has a row of 24 hours for each weekday, Monday first. */
export type ChangeStats = Schemas["ChangeStats"];
/** How many of the slots that start in the period were booked, and which hours to offer more or less. */
export type Demand = Schemas["Demand"];
/** An hour of the week to offer more, or one that nobody books. */
export type Suggestion = Schemas["Suggestion"];
/** The statistics of all tutors over full weeks. `tutors` is one page, most active first. */
export type PlatformStats = Schemas["PlatformStats"];

/**
 * Which slots to find: those that start in `[from, to)`, less than 32 days. `tutorIds` are 1 to 200 tutors; without it,
 * slots of all tutors are found. A tutor must have all `tags`; a tag that contains a comma can't be searched.
 */
export type SlotSearch = Omit<SearchQuery, "tutorIds" | "tags"> & {
  tutorIds?: readonly string[];
  tags?: readonly string[];
};
/** A free slot that can be booked now, and its tutor. `bookings.place` accepts it as a slot. */
export type FoundSlot = Schemas["FoundSlotAnswer"];
/** A page of slots. Pass `nextCursor` as `cursor` for the next page; it is null on the last page. */
export type FoundSlots = Schemas["FoundSlots"];

/** The status of a booking. A hold that ran out is `EXPIRED`. */
export type BookingStatus = Booking["status"];
/**
 * A booking. `status` is `AWAITING_PAYMENT` while it holds its slot until `holdExpiresAt`. For the student, `createdBy`,
 * `completedBy` and `releasedBy` are `self`, `tutor` or `admin`.
 */
export type Booking = Schemas["BookingAnswer"];
/** The ids of a booking. You can also pass a `Booking`. */
export type BookingId = Pick<Booking, "tutorId" | "bookingId">;
/** A page of bookings. Pass `nextCursor` as `cursor` for the next page; it is null on the last page. */
export type BookingList = Schemas["BookingList"];
/** A slot to book. `startsAt` and `durationMinutes` are what the student saw. You can also pass a `TimeSlot`. */
export type SlotToBook = Pick<TimeSlot, "time"> & Partial<Pick<TimeSlot, "startsAt" | "durationMinutes">>;
/** A slot that can be booked instead. */
export type Alternative = Schemas["Alternative"];
/** How often to repeat a booking: `count` bookings (2 to 52), one every 1 to 4 weeks. */
export type Repeat = Schemas["Repeat"];
/** The bookings of a new series, by date, and the dates that were left out. */
export type BookingSeries = Schemas["SeriesAnswer"];
/** The ids of a series. You can also pass a `BookingSeries` together with the `tutorId`. */
export type SeriesId = Pick<Schemas["ChangeSeries"], "tutorId" | "seriesId">;
/** The bookings of a series that have the requested status now. */
export type ChangedSeries = Schemas["ChangedSeries"];
/** A date of a series that doesn't allow the request, with the code of the reason and the slots of that date. */
export type RefusedDate = Schemas["RefusedDate"];

/** A tutor's weekly schedule. `version` is 0 if the tutor never had one. `publishedThrough` is the last published date. */
export type WeeklySchedule = Schemas["ScheduleAnswer"];
/** What a tutor offers every week, or every second, third or fourth week. `breaks` include both dates. */
export type Schedule = Schemas["ScheduleBody"];
/** A slot of a schedule: a weekday, a local time (`HH:MM`) and a number of minutes. */
export type WeeklySlot = Schemas["WeeklySlotBody"];
/** A schedule to save; null withdraws the current one. */
export type ScheduleToSave = Schemas["SaveSchedule"];
/** A schedule as saved, what publishing it changed, and what it kept. */
export type PublishedSchedule = Schemas["PublishedSchedule"];
/** What publishing left as it is on a date, or left out, and why. */
export type Kept = Schemas["Kept"];

/** What the tutor and admins see of a tutor. `timeZone` is the zone of new slots; a change moves no slot. */
export type Tutor = Schemas["Tutor"];
/** What everybody sees of a tutor. */
export type PublicTutor = Schemas["PublicTutor"];
/** A page of tutors. Pass `nextCursor` as `cursor` for the next page; it is null on the last page. */
export type TutorList = Schemas["TutorList"];
/** A tutor to create or to change. */
export type TutorToSave = Schemas["SaveTutor"];
/** A tutor as saved; `created` is true if there was no such tutor before. */
export type SavedTutor = Schemas["SavedTutorAnswer"];

/** An error answer (RFC 9457). */
export type Problem = Schemas["Problem"];
/** The code of an error answer. */
export type ProblemCode = Problem["code"];
/** An invalid field, with its path: `days[1].timeSlots[0].time`. */
export type FieldError = NonNullable<Problem["errors"]>[number];
