import { t } from "../texts";

export const PERIODS = [7, 30, 90, 365] as const;
export type Period = (typeof PERIODS)[number];

/** The choice of the statistics' period. */
export function Periods({ period, onPeriod }: { period: Period; onPeriod: (period: Period) => void }) {
  return (
    <fieldset className="periods">
      <legend>{t.statistics.theLast}</legend>
      {PERIODS.map((days) => (
        <label key={days}>
          <input type="radio" name="period" checked={days === period} onChange={() => onPeriod(days)} />
          {t.statistics.days(days)}
        </label>
      ))}
    </fieldset>
  );
}
