import { useRef } from "react";
import type { Entry, Reason } from "slotledger-client";
import { t } from "../texts";
import type { Filter } from "./useHistory";

/** The filter that shows all edits of the last 30 days. */
export const DEFAULT_FILTER: Filter = { days: 30 };

const PERIODS = [7, 30, 90, 365];

/** A form that filters the edits. React doesn't control its fields, so the browser can reset them. */
export function Filters({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const form = useRef<HTMLFormElement>(null);
  const isFiltered = filter.days !== DEFAULT_FILTER.days || hasFilter(filter);
  return (
    <form
      ref={form}
      className="fields"
      aria-label="Filter"
      onSubmit={(event) => event.preventDefault()}
      onReset={() => onFilter(DEFAULT_FILTER)}
      onChange={() => form.current!.checkValidity() && onFilter(filterOf(form.current!))}
    >
      <label>
        Edits of the last
        <select name="days" defaultValue={DEFAULT_FILTER.days}>
          {PERIODS.map((days) => (
            <option key={days} value={days}>
              {days} days
            </option>
          ))}
        </select>
      </label>
      <label>
        What
        <select name="action">
          <option value="">Added or removed</option>
          <option value="ADDED">Added</option>
          <option value="REMOVED">Removed</option>
        </select>
      </label>
      <label>
        Why
        <select name="reason">
          <option value="">Any reason</option>
          {Object.entries(t.reasons).map(([reason, name]) => (
            <option key={reason} value={reason}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Slots on
        <input name="date" type="date" min="2000-01-01" max="2999-12-31" />
      </label>
      <button type="reset" aria-disabled={!isFiltered}>
        Clear filter
      </button>
    </form>
  );
}

/** Return whether a filter may leave out entries of its period. */
export function hasFilter({ action, reason, date }: Filter): boolean {
  return Boolean(action || reason || date);
}

function filterOf(form: HTMLFormElement): Filter {
  const data = new FormData(form);
  const valueOf = (name: string) => (data.get(name) as string) || undefined;
  return {
    days: Number(data.get("days")),
    action: valueOf("action") as Entry["action"] | undefined,
    reason: valueOf("reason") as Reason | undefined,
    date: valueOf("date"),
  };
}
