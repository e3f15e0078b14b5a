import { useState } from "react";
import type { Api, ChangeStats } from "slotledger-client";
import { Trouble } from "../Trouble";
import { dateIn, viewersZone, zoneName } from "../time";
import { useRequest } from "../useRequest";
import { numeral, whoMade } from "../labels";
import type { Known } from "../labels";
import { Headline } from "./Headline";
import type { Fact } from "./Headline";
import { LatePattern, Legend } from "./Legend";
import { Periods } from "./Periods";
import type { Period } from "./Periods";
import { ChartFigure } from "./ChartFigure";
import { Shares } from "./Shares";
import type { Share } from "./Shares";
import { Status } from "./Status";
import { WEEKS, hoursPlot, spansPlot, timesPlot } from "./plots";
import { weeksOf } from "./series";
import { LATE, completeness, fullDate, reasonName, shortDate, weekdayOf } from "./labels";
import "./statistics.css";

/** How much, when, why and by whom a tutor's availability was edited. */
export default function StatisticsView({ api, tutorId, known }: { api: Api; tutorId: string; known: Known }) {
  const [period, setPeriod] = useState<Period>(30);
  const { answer, error, isLoading, again } = useRequest(`${tutorId} ${period}`, async (signal) => {
    // The days alone are asked for the tutor's time zone, which the statistics are in and don't name.
    const today = dateIn(viewersZone(), new Date());
    const [stats, { timeZone }] = await Promise.all([
      api.audit.getChangeStats(tutorId, period, { signal }),
      api.availability.getAvailability(tutorId, today, today, { signal }),
    ]);
    return { stats, timeZone };
  });
  return (
    <section className="statistics" aria-labelledby="statistics" aria-busy={isLoading}>
      <div className="bar">
        <h2 id="statistics">Statistics</h2>
        <Periods chosen={period} onChoice={setPeriod} />
      </div>
      {error ? (
        <Trouble error={error} again={again} />
      ) : (
        <Shown answer={answer} isLoading={isLoading} known={known} />
      )}
    </section>
  );
}

interface ShownProps {
  answer: { stats: ChangeStats; timeZone: string } | undefined;
  isLoading: boolean;
  known: Known;
}

/** The numbers and plots; while the first are on their way, their room. */
function Shown({ answer, isLoading, known }: ShownProps) {
  const stats = answer?.stats;
  const weeks = answer && weeksOf(answer.stats, answer.timeZone);
  return (
    <>
      <p className="note">{answer ? periodInWords(answer.stats, answer.timeZone) : "…"}</p>
      <p className="note">Days, weekdays and hours are those of the change, not those of the slot.</p>
      <Status isLoading={isLoading} isComplete={stats?.complete} text={stats && completeness(stats)} />
      <Headline facts={factsOf(stats)} />
      {stats?.totalChanges === 0 ? (
        <p className="nothing">
          Nothing was changed in the last {stats.days} days{stats.complete ? "" : ", as far as the log tells"}.
        </p>
      ) : (
        <>
          <LatePattern />
          <ChartFigure title="Added and removed by week" kind="spans" plot={weeks && spansPlot(weeks, WEEKS)}>
            <Legend />
          </ChartFigure>
          <ChartFigure title="Changes by weekday and hour" kind="hours" plot={stats && hoursPlot(stats.byWeekdayHour)} />
          <div className="columns">
            <ChartFigure
              title="Most removed times"
              kind="times"
              plot={stats && timesPlot(stats.mostRemovedTimes, stats.slotsRemoved)}
            />
            {stats && <Shares title="Changes by reason" column="Reason" shares={byReason(stats)} />}
            {stats && <Shares title="Changes by user" column="User" shares={byUser(stats, known)} />}
          </div>
        </>
      )}
    </>
  );
}

function periodInWords({ since, until }: ChangeStats, timeZone: string): string {
  const [first, last] = [since, until].map((instant) => fullDate(dateIn(timeZone, new Date(instant))));
  return `${first} – ${last}, by the tutor's clock (${zoneName(timeZone)}).`;
}

function factsOf(stats: ChangeStats | undefined): Fact[] {
  const day = stats?.mostActiveDay;
  return [
    ["Changes", stats && numeral(stats.totalChanges), "slots added or removed"],
    ["Added", stats && numeral(stats.slotsAdded), "slots"],
    ["Removed", stats && numeral(stats.slotsRemoved), "slots"],
    ["Late removals", stats && numeral(stats.lateRemovals), LATE],
    ["Change sets", stats && numeral(stats.changeSets), "edits, each saved at once"],
    ["Changes a day", stats && numeral(stats.avgChangesPerDay), "on average"],
    ["Most active day", stats && (day ? shortDate(day) : "none"), day ? weekdayOf(day) : ""],
  ];
}

function byReason({ byReason }: ChangeStats): Share[] {
  return Object.entries(byReason)
    .map(([reason, changes]) => ({ name: reasonName(reason), changes }))
    .sort((one, other) => other.changes - one.changes);
}

function byUser({ byUser }: ChangeStats, known: Known): Share[] {
  return byUser.map(({ userId, changes }) => ({ name: whoMade(userId, known), title: userId ?? undefined, changes }));
}
