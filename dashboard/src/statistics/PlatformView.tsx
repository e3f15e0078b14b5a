import { useState } from "react";
import { Forbidden } from "slotledger-client";
import type { Api, PlatformStats } from "slotledger-client";
import { Trouble } from "../Trouble";
import type { Tutor } from "../config";
import { addDays } from "../time";
import { useRequest } from "../useRequest";
import { Headline } from "./Headline";
import type { Fact } from "./Headline";
import { LatePattern, Legend } from "./Legend";
import { Periods } from "./Periods";
import type { Period } from "./Periods";
import { ChartFigure } from "./ChartFigure";
import { Status } from "./Status";
import { TUTORS_PER_PAGE, Tutors } from "./Tutors";
import { MONTHS, WEEKS, hoursPlot, spansPlot, timesPlot } from "./plots";
import { countedWeeks, monthsOf, totalOf } from "./series";
import type { Span } from "./series";
import { numeral, shortId } from "../labels";
import { LATE, fullDate, platformCompleteness } from "./labels";
import "./statistics.css";

/** How much and when all tutors' availability was edited, by the weeks that are over; for admins. */
export default function PlatformView({ api, tutors }: { api: Api; tutors: readonly Tutor[] }) {
  const [period, setPeriod] = useState<Period>(90);
  const { answer, error, isLoading, again } = useRequest(`${period}`, async (signal) => ({
    days: period,
    stats: await api.audit.getPlatformStats(period, { limit: TUTORS_PER_PAGE, signal }),
  }));
  const nameOf = (id: string) => tutors.find(({ tutorId }) => tutorId === id)?.name ?? shortId(id);
  return (
    <section className="statistics" aria-labelledby="platform" aria-busy={isLoading}>
      <div className="bar">
        <h2 id="platform">All tutors</h2>
        <Periods chosen={period} onChoice={setPeriod} />
      </div>
      {error instanceof Forbidden ? (
        <div role="alert" className="trouble">
          <p>This is for admins: it tells of all tutors. A tutor's own numbers are under Statistics.</p>
        </div>
      ) : error ? (
        <Trouble error={error} again={again} />
      ) : (
        <>
          <Shown stats={answer?.stats} isLoading={isLoading} />
          {answer && answer.stats.tutors.length > 0 && (
            <Tutors key={answer.days} api={api} days={answer.days} first={answer.stats} nameOf={nameOf} />
          )}
        </>
      )}
    </section>
  );
}

/** The numbers and plots; while the first are on their way, their room. */
function Shown({ stats, isLoading }: { stats: PlatformStats | undefined; isLoading: boolean }) {
  const weeks = stats && countedWeeks(stats);
  const total = weeks && totalOf(weeks);
  const isEmpty = total?.slotsAdded === 0 && total.slotsRemoved === 0;
  return (
    <>
      <p className="note">{weeks ? periodInWords(weeks) : "…"}</p>
      <p className="note">Weekdays and hours are those of the change, by the clock of its tutor.</p>
      <Status isLoading={isLoading} isComplete={stats?.complete} text={stats && platformCompleteness(stats)} />
      <Headline facts={factsOf(weeks)} />
      {isEmpty ? (
        <p className="nothing">
          {weeks!.length > 0
            ? "Nothing was changed in these weeks."
            : "No week of this period is counted yet: a week is counted early on the Tuesday after it."}
        </p>
      ) : (
        <>
          <LatePattern />
          <ChartFigure title="Added and removed by week" kind="spans" plot={weeks && spansPlot(weeks, WEEKS)}>
            <Legend />
          </ChartFigure>
          <ChartFigure title="Changes by weekday and hour" kind="hours" plot={stats && hoursPlot(stats.byWeekdayHour)} />
          <div className="columns two">
            <ChartFigure title="Added and removed by month" kind="spans" plot={stats && spansPlot(monthsOf(stats), MONTHS)}>
              <p className="note">A week counts in the month in which it began.</p>
            </ChartFigure>
            <ChartFigure
              title="Most removed times"
              kind="times"
              plot={stats && timesPlot(stats.mostRemovedTimes, total!.slotsRemoved)}
            />
          </div>
        </>
      )}
    </>
  );
}

function periodInWords(weeks: readonly Span[]): string {
  if (weeks.length === 0) {
    return "Weeks that are over.";
  }
  const [first, last] = [weeks[0]!.start, addDays(weeks.at(-1)!.start, 6)].map(fullDate);
  return `The weeks that are over: ${first} – ${last}.`;
}

function factsOf(weeks: readonly Span[] | undefined): Fact[] {
  const total = weeks && totalOf(weeks);
  return [
    ["Changes", total && numeral(total.slotsAdded + total.slotsRemoved), "slots added or removed"],
    ["Added", total && numeral(total.slotsAdded), "slots"],
    ["Removed", total && numeral(total.slotsRemoved), "slots"],
    ["Late removals", total && numeral(total.lateRemovals), LATE],
    ["Weeks", weeks && numeral(weeks.length), "that are over and counted"],
  ];
}
