import type { CallOptions } from "./availability.js";
import { paged } from "./paging.js";
import type { components } from "./schema.js";
import type { Call, FunctionName, Transport } from "./transport.js";
import type { ChangeStats, Entry, EntryFilter, History, Instant, PlatformStats } from "./types.js";

type HistoryResponse = components["schemas"]["History"];

export interface CsvOptions extends CallOptions, EntryFilter {}

export interface PageOptions extends CallOptions {
  /** The largest number of entries or tutors on a page: 1 to 1,000, 100 by default. */
  limit?: number;
  /** The `nextCursor` of the previous page. */
  cursor?: string;
}

export interface HistoryOptions extends PageOptions, EntryFilter {
  /** Return also what happened to the tutor's bookings (`bookingEvents`), and the changes of settings (`settingsEvents`). */
  include?: readonly ("bookings" | "settings")[];
}

export interface PlatformStatsOptions extends PageOptions {
  /** Return the weeks that begin on this date or later, in place of `days`. */
  from?: string;
  /** Return the weeks that begin before this date, in place of `days`. */
  to?: string;
}

export interface PlatformHistoryOptions extends PageOptions, EntryFilter {
  /** The period: less than 94 days, with `from` and without `to`. The default is the last 30 days. */
  from?: Instant;
  to?: Instant;
  /** Return only late removals: slots that were removed less than 24 hours before their start, or after it. */
  late?: boolean;
}

/**
 * Reads the log of edits, for the tutor and admins. `days` is the number of 24-hour periods to look back: 1 to 3,650,
 * 30 by default.
 *
 * Every method may throw `Unauthenticated`, `Forbidden`, and the errors that all methods of `AvailabilityApi` may
 * throw. If there is no such tutor, admins get `TutorNotFound`, others `Forbidden`.
 */
export class AuditApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Return who changed which slots, when and why, newest first. With `await`, the result is one page of entries. With
   * `for await`, the result is the entries of all pages. The first page is requested immediately, each other page when
   * the loop reaches it.
   */
  getAvailabilityHistory(
    tutorId: string,
    days?: number,
    { signal, include, ...query }: HistoryOptions = {},
  ): Promise<History> & AsyncIterable<Entry> {
    return this.#history({ tutorId, days, ...query, include: include?.join(",") || undefined }, signal);
  }

  /** Return the entries of all tutors, newest first, for admins. The result is that of `getAvailabilityHistory`. */
  getPlatformHistory({ signal, late, ...query }: PlatformHistoryOptions = {}): Promise<History> & AsyncIterable<Entry> {
    return this.#history({ ...query, late: late || undefined }, signal);
  }

  #history({ cursor: start, ...query }: Call["query"] & { cursor?: string }, signal?: AbortSignal): Promise<History> & AsyncIterable<Entry> {
    const readPage = async (cursor?: string): Promise<History> => {
      const { entries, ...more } = await this.#transport.json<HistoryResponse>(
        readCall("audit_history", { ...query, cursor }, signal),
        "entries",
      );
      return Object.assign(entries, more);
    };
    return paged(readPage, (entries) => entries, start);
  }

  /**
   * Return all entries that match the filter as CSV text, with the names of the fields in the first line. On AWS, an
   * answer has about 20,000 entries at most. If there are more, this throws `InvalidRequest`: use fewer days. The text
   * doesn't say whether entries are missing: `getAvailabilityHistory` does.
   */
  getHistoryCsv(tutorId: string, days?: number, { signal, ...query }: CsvOptions = {}): Promise<string> {
    return this.#transport.csv(readCall("audit_history", { tutorId, days, ...query, format: "csv" }, signal));
  }

  /** Return how many slots of a tutor were added and removed: when, why and by whom; and how many were booked. */
  getChangeStats(tutorId: string, days?: number, { signal }: CallOptions = {}): Promise<ChangeStats> {
    return this.#transport.json<ChangeStats>(readCall("audit_stats", { tutorId, days }, signal), "totalChanges");
  }

  /**
   * Return the statistics of all tutors over full weeks, for admins; `tutors` is one page. The weeks are those of the
   * last `days`, or with `from` or `to` those of a season.
   */
  getPlatformStats(days?: number, { signal, ...query }: PlatformStatsOptions = {}): Promise<PlatformStats> {
    return this.#transport.json<PlatformStats>(readCall("audit_stats", { days, ...query }, signal), "weekly");
  }
}

/** Return a call that reads from a function. */
function readCall(name: FunctionName, query: Call["query"], signal: AbortSignal | undefined): Call {
  return { function: name, method: "GET", query, isRepeatable: true, signal };
}
