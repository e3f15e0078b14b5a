import type { CallOptions } from "./availability.js";
import type { components } from "./schema.js";
import type { Call, FunctionName, Transport } from "./transport.js";
import type { ChangeStats, Entry, EntryFilter, History, PlatformStats } from "./types.js";

type HistoryAnswer = components["schemas"]["History"];

export interface CsvOptions extends CallOptions, EntryFilter {}

export interface PageOptions extends CallOptions {
  /** How many a page holds at the most, from 1 to 1,000; 100 unless given. */
  limit?: number;
  /** The `nextCursor` of the page before. */
  cursor?: string;
}

export interface HistoryOptions extends PageOptions, EntryFilter {}

/**
 * The log of edits, for the tutor and admins. `days` is how many times 24 hours to look back, from 1 to 3,650, and 30
 * unless given. Every method may throw `Unauthenticated`, `Forbidden`, for admins `TutorNotFound`, and what every
 * function may answer (see `AvailabilityApi`).
 */
export class AuditApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Returns who changed which slots, when and why, newest first. Awaited, it is one page, which also says whether the
   * log is `complete`; with `for await`, it is the entries of all pages, each asked for when it is come to.
   */
  getAvailabilityHistory(
    tutorId: string,
    days?: number,
    { signal, ...query }: HistoryOptions = {},
  ): Promise<History> & AsyncIterable<Entry> {
    const page = async (cursor: string | undefined): Promise<History> => {
      const { entries, complete, missingVersions, nextCursor } = await this.#transport.json<HistoryAnswer>(
        get("audit_history", { tutorId, days, ...query, cursor }, signal),
        "entries",
      );
      return Object.assign(entries, { complete, missingVersions, nextCursor });
    };
    const first = page(query.cursor);
    return Object.assign(first, {
      async *[Symbol.asyncIterator]() {
        for (let entries = await first; ; entries = await page(entries.nextCursor)) {
          yield* entries;
          if (entries.nextCursor === null) {
            return;
          }
        }
      },
    });
  }

  /**
   * Returns all entries as CSV, with a header, as text. Functions on AWS answer some 20,000 entries at the most, and
   * throw `InvalidRequest` beyond: ask for fewer days. Whether the log is complete, `getAvailabilityHistory` tells.
   */
  getHistoryCsv(tutorId: string, days?: number, { signal, ...query }: CsvOptions = {}): Promise<string> {
    return this.#transport.csv(get("audit_history", { tutorId, days, ...query, format: "csv" }, signal));
  }

  /** Returns how much, when and by whom a tutor's availability was edited. */
  getChangeStats(tutorId: string, days?: number, { signal }: CallOptions = {}): Promise<ChangeStats> {
    return this.#transport.json<ChangeStats>(get("audit_stats", { tutorId, days }, signal), "totalChanges");
  }

  /** Returns the statistics of all tutors, for admins, by the weeks that are over; `tutors` comes in pages. */
  getPlatformStats(days?: number, { signal, ...page }: PageOptions = {}): Promise<PlatformStats> {
    return this.#transport.json<PlatformStats>(get("audit_stats", { days, ...page }, signal), "tutors");
  }
}

function get(name: FunctionName, query: Call["query"], signal: AbortSignal | undefined): Call {
  return { function: name, method: "GET", query, isRepeatable: true, signal };
}
