/** Which entries of the history are loaded, as the address says it. */

import type { Entry, EntryFilter, Reason } from "slotledger-client";

/** The entries to load: those of the last `days` days that match the `EntryFilter`. */
export interface Filter extends EntryFilter {
  days: number;
}

/** The filter that shows all edits of the last 30 days. */
export const DEFAULT_FILTER: Filter = { days: 30 };

export const PERIODS = [7, 30, 90, 365];

/** Return the filter of an address. What isn't valid is left out. */
export function filterOf(params: URLSearchParams, reasons: readonly string[]): Filter {
  const [action, reason, date] = ["action", "reason", "date"].map((name) => params.get(name) ?? "") as [string, string, string];
  return {
    days: PERIODS.find((days) => String(days) === params.get("days")) ?? DEFAULT_FILTER.days,
    action: action === "ADDED" || action === "REMOVED" ? (action as Entry["action"]) : undefined,
    reason: reasons.includes(reason) ? (reason as Reason) : undefined,
    date: /^\d{4}-\d\d-\d\d$/.test(date) ? date : undefined,
  };
}

/** Return whether a filter may leave out entries of its period. */
export function hasFilter({ action, reason, date }: Filter): boolean {
  return Boolean(action || reason || date);
}
