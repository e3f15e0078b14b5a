import type { Demand } from "slotledger-client";
import { t } from "../texts";
import { suggestionLine } from "./demand";

/** A list of the hours to offer more, and of those that nobody books. */
export function Suggestions({ demand }: { demand: Demand }) {
  if (demand.suggestions.length === 0) {
    return null;
  }
  return (
    <section className="suggestions" aria-labelledby="suggestions">
      <h3 id="suggestions">{t.statistics.suggestions.title}</h3>
      <ul>
        {demand.suggestions.map((suggestion) => (
          <li key={`${suggestion.weekday} ${suggestion.hour}`}>{suggestionLine(suggestion, demand)}</li>
        ))}
      </ul>
    </section>
  );
}
