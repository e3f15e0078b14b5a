import { Link } from "wouter";
import { formatNumber } from "../labels";
import { t } from "../texts";
import { addDays, isoWeek, rangeName } from "../time";
import type { QueryState } from "../useQueryState";
import { linesOf } from "./late";

interface LateChartProps {
  weeks: readonly [monday: string, count: number][];
  chosen: string | undefined;
  state: QueryState;
}

/** A bar for each week. A press shows the removals of the week, another one those of all weeks. */
export function LateChart({ weeks, chosen, state }: LateChartProps) {
  const lines = linesOf(Math.max(...weeks.map(([, count]) => count), 1));
  const top = lines.at(-1)!;
  return (
    <section className="card" aria-label={t.late.byWeek}>
      <h3>{t.late.byWeek}</h3>
      <div className="late-chart">
        <div className="lines" aria-hidden="true">
          {lines.toReversed().map((line) => (
            <span key={line}>
              <em>{formatNumber(line)}</em>
            </span>
          ))}
        </div>
        <ul>
          {weeks.map(([monday, count]) => (
            <li key={monday}>
              <Link
                href={state.linkTo({ week: monday === chosen ? undefined : monday })}
                aria-current={monday === chosen ? "true" : undefined}
              >
                <span className="bar-of-week">
                  <i style={{ blockSize: `${(count / top) * 100}%` }}>{count > 0 && <u aria-hidden="true">{formatNumber(count)}</u>}</i>
                </span>
                <span className="name">{t.late.shortWeek(isoWeek(monday))}</span>
                <span className="hidden">
                  {", "}
                  {t.late.ofWeek(rangeName(monday, addDays(monday, 6)), count)}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
