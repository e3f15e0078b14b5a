import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
type HistoryQuery = NonNullable<paths["/audit_history"]["get"]["parameters"]["query"]>;

/** A date as `YYYY-MM-DD` in the tutor's zone. */
export type LocalDate = string;
/** An instant in RFC 3339 format with an offset: `2026-11-23T09:00:00+01:00`. */
export type Instant = string;

/** The days of a range, in order: each date that has slots or was edited. */
export type Availability = Schemas["Availability"];
/** A day; `version` is 0 before the first edit, and each edit that changes something adds 1. */
export type Day = Schemas["DayAnswer"];
/** A slot: `time` (`HH:MM`) is the tutor's local time, `startsAt` and `endsAt` are instants. */
export type TimeSlot = Schemas["SlotAnswer"];
/** A time that was removed; only the tutor and admins get by whom, when and why. */
export type NotOffered = Schemas["NotOffered"];

/** A slot to save: `time` is `HH:MM`, `durationMinutes` is 5 to 720, 60 by default. A `TimeSlot` fits, too. */
export type TimeSlotToOffer = Schemas["TimeSlotBody"] & Partial<Pick<TimeSlot, "why">>;
/** A day to save: its slots, and the version that the edit is based on. A `Day` fits, too. */
export type DayToSave = Omit<Schemas["DayBody"], "timeSlots"> & { timeSlots: readonly TimeSlotToOffer[] } & Partial<
    Pick<Day, "notOffered">
  >;
/** The reason of an edit. */
export type Reason = Entry["reason"];

/**
 * The days after an update, and the changes. If `audit` is `deferred`, the update is saved and its entries reach the
 * history later. If nothing changed, `changeSetId` is null.
 */
export type Update = Schemas["Update"];
/** The changes and conflicts of an update that wasn't saved; `days` are the current ones. */
export type DryRun = Schemas["DryRun"];
/** A slot that an update added or removed. */
export type Change = Schemas["SlotChange"];
/** A booked slot that an update would remove, with the status of its booking. */
export type Conflict = Schemas["Conflict"];

/** A slot that was added or removed: by whom, when and why. */
export type Entry = Schemas["Entry"];
/** Which entries to return. */
export type EntryFilter = Pick<HistoryQuery, "action" | "reason" | "date">;
/** A page of entries, newest first. */
export interface History extends Array<Entry> {
  /** Whether the log has every edit of the period, regardless of filter and page. */
  readonly complete: boolean;
  /** How many edits of the period have no entries. */
  readonly missingVersions: number;
  /** The `cursor` of the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** A tutor's statistics over `(since, until]`; `byWeekdayHour` has a row of 24 hours for each weekday, Monday first. */
export type ChangeStats = Schemas["ChangeStats"];
/** The statistics of all tutors by full weeks; `tutors` is one page, most active first. */
export type PlatformStats = Schemas["PlatformStats"];

/** An error answer (RFC 9457). */
export type Problem = Schemas["Problem"];
/** The code of an error answer. */
export type ProblemCode = Problem["code"];
/** An invalid field, with its path: `days[1].timeSlots[0].time`. */
export type FieldError = NonNullable<Problem["errors"]>[number];
