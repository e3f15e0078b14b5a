export const PERIODS = [7, 30, 90, 365] as const;
export type Period = (typeof PERIODS)[number];

/** Lets the period be chosen. */
export function Periods({ chosen, onChoice }: { chosen: Period; onChoice: (period: Period) => void }) {
  return (
    <fieldset className="periods">
      <legend>The last</legend>
      {PERIODS.map((period) => (
        <label key={period}>
          <input type="radio" name="period" checked={period === chosen} onChange={() => onChoice(period)} />
          {period} days
        </label>
      ))}
    </fieldset>
  );
}
