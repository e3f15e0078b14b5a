import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
type HistoryQuery = NonNullable<paths["/audit_history"]["get"]["parameters"]["query"]>;

/** A date as `YYYY-MM-DD`, where the tutor lives. */
export type LocalDate = string;
/** An instant, RFC 3339 with its offset: `2026-11-23T09:00:00+01:00`. */
export type Instant = string;

/** The days of a range, in order: each date that has a slot, or was ever edited. */
export type Availability = Schemas["Availability"];
/** A day as it stands; `version` rises by one with every edit that changes something, and is 0 before the first. */
export type Day = Schemas["DayAnswer"];
/** A slot: `time` (`HH:MM`) is local to the tutor, `startsAt` and `endsAt` are the exact instants. */
export type TimeSlot = Schemas["SlotAnswer"];
/** A time that isn't offered any more; who took it back, when and why, is told to the tutor and admins. */
export type NotOffered = Schemas["NotOffered"];

/** A slot to offer: `time` as `HH:MM`, `durationMinutes` from 5 to 720, 60 unless given. A `TimeSlot` is one, too. */
export type TimeSlotToOffer = Schemas["TimeSlotBody"] & Partial<Pick<TimeSlot, "why">>;
/** A day, the slots that it is to have, and the version that this is based on. A `Day` is one, too. */
export type DayToSave = Omit<Schemas["DayBody"], "timeSlots"> & { timeSlots: readonly TimeSlotToOffer[] } & Partial<
    Pick<Day, "notOffered">
  >;
/** Why slots were changed. */
export type Reason = Entry["reason"];

/**
 * The days after an update, and what it changed. `audit` is `deferred` where the change is saved and its entries come
 * into the history later. What changed nothing has no `changeSetId`.
 */
export type Update = Schemas["Update"];
/** What an update would change, and the booked slots in its way; `days` are as they stand now. */
export type DryRun = Schemas["DryRun"];
/** A slot that an update added or removed. */
export type Change = Schemas["SlotChange"];
/** A slot that an update would remove, and the status of the booking in its way. */
export type Conflict = Schemas["Conflict"];

/** One slot added or removed: by whom, when and why. */
export type Entry = Schemas["Entry"];
/** Which entries are asked for. */
export type EntryFilter = Pick<HistoryQuery, "action" | "reason" | "date">;
/** One page of entries, newest first. */
export interface History extends Array<Entry> {
  /** Whether the log tells of every edit of the period; filters and pages don't matter. */
  readonly complete: boolean;
  /** How many edits of the period no entry tells of. */
  readonly missingVersions: number;
  /** What to ask the next page with; null on the last one. */
  readonly nextCursor: string | null;
}

/** A tutor's edits, counted over `(since, until]`; `byWeekdayHour` has a row a weekday, Monday first, of 24 hours. */
export type ChangeStats = Schemas["ChangeStats"];
/** All tutors' edits, by the weeks that are over; `tutors` is one page, most active first. */
export type PlatformStats = Schemas["PlatformStats"];

/** An error as the functions answer it, RFC 9457. */
export type Problem = Schemas["Problem"];
/** What errors are told apart by. */
export type ProblemCode = Problem["code"];
/** What is wrong with one field, by its path: `days[1].timeSlots[0].time`. */
export type FieldError = NonNullable<Problem["errors"]>[number];
