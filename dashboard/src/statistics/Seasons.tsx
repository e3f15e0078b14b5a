import { useState } from "react";
import type { Api } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { t } from "../texts";
import { dateIn, mondayOf } from "../time";
import { useAnswer } from "../useAnswer";
import { comparison, seasonsOf, yearBefore } from "./demand";
import type { Season } from "./demand";
import { NumbersTable } from "./Numbers";

/** A season of the platform beside the same weeks a year ago. Nothing is requested before a season is chosen. */
export function Seasons({ api }: { api: Api }) {
  const [chosen, setChosen] = useState<Season>();
  const seasons = seasonsOf(mondayOf(dateIn("UTC", new Date())));
  const { answer, error, isLoading, reload } = useAnswer("seasons", [chosen?.name], async (signal) => {
    const read = ({ from, to }: Season) => api.audit.getPlatformStats(undefined, { from, to, limit: 1, signal });
    return chosen ? comparison(...(await Promise.all([read(chosen), read(yearBefore(chosen))]))) : null;
  });
  return (
    <section className="seasons" aria-label={t.statistics.seasons.title} aria-busy={isLoading}>
      <label>
        {t.statistics.seasons.title}
        <select value={chosen?.name ?? ""} onChange={({ target }) => setChosen(seasons.find(({ name }) => name === target.value))}>
          <option value="">{t.statistics.seasons.choose}</option>
          {seasons.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {error ? <ErrorMessage error={error} retry={reload} /> : answer && <NumbersTable {...answer} />}
    </section>
  );
}
