import { useRef } from "react";
import type { Entry, Reason } from "slotledger-client";
import { REASONS } from "../labels";
import type { Filter } from "./useHistory";

/** The changes of a month, all of them. */
export const EVERYTHING: Filter = { days: 30 };

const PERIODS = [7, 30, 90, 365];

/** Which changes are shown. The form's own fields hold it, so that resetting it is the browser's business. */
export function Filters({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const form = useRef<HTMLFormElement>(null);
  const isFiltered = filter.days !== EVERYTHING.days || hasFilter(filter);
  return (
    <form
      ref={form}
      className="fields"
      aria-label="Filter"
      onSubmit={(event) => event.preventDefault()}
      onReset={() => onFilter(EVERYTHING)}
      onChange={() => form.current!.checkValidity() && onFilter(filterIn(form.current!))}
    >
      <label>
        Changed in the last
        <select name="days" defaultValue={EVERYTHING.days}>
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
          <option value="">Any change</option>
          <option value="ADDED">Added</option>
          <option value="REMOVED">Removed</option>
        </select>
      </label>
      <label>
        Why
        <select name="reason">
          <option value="">Any reason</option>
          {Object.entries(REASONS).map(([reason, name]) => (
            <option key={reason} value={reason}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Slots of the day
        <input name="date" type="date" min="2000-01-01" max="2999-12-31" />
      </label>
      <button type="reset" aria-disabled={!isFiltered}>
        Clear filter
      </button>
    </form>
  );
}

/** Whether some entries of the period aren't asked for. */
export function hasFilter({ action, reason, date }: Filter): boolean {
  return Boolean(action || reason || date);
}

function filterIn(form: HTMLFormElement): Filter {
  const given = new FormData(form);
  const chosen = (name: string) => (given.get(name) as string) || undefined;
  return {
    days: Number(given.get("days")),
    action: chosen("action") as Entry["action"] | undefined,
    reason: chosen("reason") as Reason | undefined,
    date: chosen("date"),
  };
}
