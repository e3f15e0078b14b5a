export const PERIODS = [7, 30, 90, 365] as const;
export type Period = (typeof PERIODS)[number];

/** The choice of the statistics' period. */
export function Periods({ period, onPeriod }: { period: Period; onPeriod: (period: Period) => void }) {
  return (
    <fieldset className="periods">
      <legend>The last</legend>
      {PERIODS.map((days) => (
        <label key={days}>
          <input type="radio" name="period" checked={days === period} onChange={() => onPeriod(days)} />
          {days} days
        </label>
      ))}
    </fieldset>
  );
}
