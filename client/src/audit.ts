import type { CallOptions } from "./availability.js";
import type { components } from "./schema.js";
import type { Call, FunctionName, Transport } from "./transport.js";
import type { ChangeStats, Entry, EntryFilter, History, PlatformStats } from "./types.js";

type HistoryResponse = components["schemas"]["History"];

export interface CsvOptions extends CallOptions, EntryFilter {}

export interface PageOptions extends CallOptions {
  /** How many a page has at most: 1 to 1,000, 100 by default. */
  limit?: number;
  /** The `nextCursor` of the previous page. */
  cursor?: string;
}

export interface HistoryOptions extends PageOptions, EntryFilter {}

/**
 * The log of edits, for the tutor and admins. `days` is the number of 24-hour periods to look back: 1 to 3,650, 30 by
 * default. Every method may throw `Unauthenticated`, `Forbidden`, `TutorNotFound` (for admins) and the errors of all
 * functions (see `AvailabilityApi`).
 */
export class AuditApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Return who changed which slots, when and why, newest first. Awaited, the result is one page; its `complete` is about
   * the whole period. With `for await`, it is the entries of all pages; each page is requested when it is needed.
   */
  getAvailabilityHistory(
    tutorId: string,
    days?: number,
    { signal, ...query }: HistoryOptions = {},
  ): Promise<History> & AsyncIterable<Entry> {
    const page = async (cursor: string | undefined): Promise<History> => {
      const { entries, complete, missingVersions, nextCursor } = await this.#transport.json<HistoryResponse>(
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
   * Return all entries as CSV text with a header. On AWS, a function answers about 20,000 entries at most, and throws
   * `InvalidRequest` for more: use fewer days. For `complete`, use `getAvailabilityHistory`.
   */
  getHistoryCsv(tutorId: string, days?: number, { signal, ...query }: CsvOptions = {}): Promise<string> {
    return this.#transport.csv(get("audit_history", { tutorId, days, ...query, format: "csv" }, signal));
  }

  /** Return how many slots of a tutor were added and removed, when and by whom. */
  getChangeStats(tutorId: string, days?: number, { signal }: CallOptions = {}): Promise<ChangeStats> {
    return this.#transport.json<ChangeStats>(get("audit_stats", { tutorId, days }, signal), "totalChanges");
  }

  /** Return the statistics of all tutors by full weeks, for admins; `tutors` has pages. */
  getPlatformStats(days?: number, { signal, ...page }: PageOptions = {}): Promise<PlatformStats> {
    return this.#transport.json<PlatformStats>(get("audit_stats", { days, ...page }, signal), "tutors");
  }
}

function get(name: FunctionName, query: Call["query"], signal: AbortSignal | undefined): Call {
  return { function: name, method: "GET", query, isRepeatable: true, signal };
}
