import { useRef } from "react";
import { t } from "../texts";
import { EARLIEST, LATEST } from "../time";
import { DEFAULT_FILTER, PERIODS, hasFilter } from "./filter";
import type { Filter } from "./filter";

interface FiltersProps {
  filter: Filter;
  onFilter: (changes: Record<string, string | undefined>) => void;
}

/** A form that filters the edits. What is chosen is in the address. */
export function Filters({ filter, onFilter }: FiltersProps) {
  const form = useRef<HTMLFormElement>(null);
  const isFiltered = filter.days !== DEFAULT_FILTER.days || hasFilter(filter);
  return (
    <form ref={form} className="fields" aria-label={t.history.filter} onSubmit={(event) => event.preventDefault()}>
      <label>
        {t.history.period}
        <select value={filter.days} onChange={({ target: { value } }) => onFilter({ days: value === String(DEFAULT_FILTER.days) ? undefined : value })}>
          {PERIODS.map((days) => (
            <option key={days} value={days}>
              {t.history.days(days)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.history.what}
        <select value={filter.action ?? ""} onChange={({ target: { value } }) => onFilter({ action: value || undefined })}>
          <option value="">{t.history.actions.any}</option>
          <option value="ADDED">{t.history.actions.added}</option>
          <option value="REMOVED">{t.history.actions.removed}</option>
        </select>
      </label>
      <label>
        {t.history.reason}
        <select value={filter.reason ?? ""} onChange={({ target: { value } }) => onFilter({ reason: value || undefined })}>
          <option value="">{t.history.anyReason}</option>
          {Object.entries(t.reasons).map(([reason, name]) => (
            <option key={reason} value={reason}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.history.slotsOn}
        <input
          type="date"
          min={EARLIEST}
          max={LATEST}
          value={filter.date ?? ""}
          onChange={({ target }) => target.checkValidity() && onFilter({ date: target.value || undefined })}
        />
      </label>
      <button
        type="button"
        aria-disabled={!isFiltered}
        onClick={() => onFilter({ days: undefined, action: undefined, reason: undefined, date: undefined })}
      >
        {t.history.clear}
      </button>
    </form>
  );
}
