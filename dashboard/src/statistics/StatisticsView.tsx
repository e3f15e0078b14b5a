import { useState } from "react";
import type { Api, ChangeStats } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { dateIn, viewersZone, zoneName } from "../time";
import { useAnswer } from "../useAnswer";
import { formatNumber } from "../labels";
import type { UserIds } from "../labels";
import { Headline } from "./Headline";
import type { Fact } from "./Headline";
import { LatePattern, Legend } from "./Legend";
import { Periods } from "./Periods";
import type { Period } from "./Periods";
import { ChartFigure } from "./ChartFigure";
import { Shares } from "./Shares";
import { sharesByReason, sharesByUser } from "./shares";
import { Suggestions } from "./Suggestions";
import { demandFacts, demandFigure } from "./demand";
import { Completeness } from "./Completeness";
import { WEEKS, hoursFigure, spansFigure, timesFigure } from "./figures";
import type { HoursOf } from "./figures";
import { weeksOf } from "./series";
import { LATE, completenessText, fullDate, shortDate, weekdayOf } from "./labels";
import "./statistics.css";

/** The statistics of a tutor: how many slots were booked, and how many changed, when, why and by whom. */
export default function StatisticsView({ api, tutorId, users }: { api: Api; tutorId: string; users: UserIds }) {
  const [period, setPeriod] = useState<Period>(30);
  const { answer, error, isLoading, reload } = useAnswer("statistics", [tutorId, period], async (signal) => {
    // The statistics are in the tutor's time zone. Read today's availability, because its answer has the zone.
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
        <h2 id="statistics">Insights</h2>
        <Periods period={period} onPeriod={setPeriod} />
      </div>
      {error ? (
        <ErrorMessage error={error} retry={reload} />
      ) : (
        <Numbers answer={answer} isLoading={isLoading} users={users} />
      )}
    </section>
  );
}

const HOURS: readonly [HoursOf, string][] = [
  ["changes", "changes, when saved"],
  ["removedSlots", "removed slots, by their start"],
];

interface NumbersProps {
  answer: { stats: ChangeStats; timeZone: string } | undefined;
  isLoading: boolean;
  users: UserIds;
}

/** The numbers and charts, with placeholders while they are loading. */
function Numbers({ answer, isLoading, users }: NumbersProps) {
  const stats = answer?.stats;
  const weeks = answer && weeksOf(answer.stats, answer.timeZone);
  const [hours, setHours] = useState<HoursOf>("changes");
  return (
    <>
      <p className="note">{answer ? periodText(answer.stats, answer.timeZone) : "…"}</p>
      <p className="note">Changes are counted when the edit was saved, not when the slot starts.</p>
      <Completeness isLoading={isLoading} isComplete={stats?.complete} text={stats && completenessText(stats)} />
      <Headline facts={[...demandFacts(stats?.demand), ...factsOf(stats)]} />
      {stats?.demand.offeredMinutes === 0 ? (
        <p className="empty">No slots started in the last {stats.days} days.</p>
      ) : (
        <ChartFigure
          title="Slots booked by weekday and hour"
          kind="hours"
          contents={stats && demandFigure(stats.demand)}
        />
      )}
      {stats?.totalChanges === 0 ? (
        <p className="empty">
          No slots were changed in the last {stats.days} days{stats.complete ? "" : ", as far as the log shows"}.
        </p>
      ) : (
        <>
          <LatePattern />
          <ChartFigure
            title="Slots added and removed by week"
            kind="spans"
            contents={weeks && spansFigure(weeks, WEEKS)}
          >
            <Legend />
          </ChartFigure>
          <ChartFigure
            title="Slots changed by weekday and hour"
            kind="hours"
            contents={stats && hoursFigure(hours === "changes" ? stats.byWeekdayHour : stats.removedByWeekdayHour, hours)}
          >
            <fieldset className="periods">
              <legend>Count</legend>
              {HOURS.map(([of, name]) => (
                <label key={of}>
                  <input type="radio" name="hours" checked={of === hours} onChange={() => setHours(of)} />
                  {name}
                </label>
              ))}
            </fieldset>
          </ChartFigure>
          <div className="columns">
            <ChartFigure
              title="Times removed most often"
              kind="times"
              contents={stats && timesFigure(stats.mostRemovedTimes, stats.slotsRemoved)}
            />
            {stats && <Shares title="Slots changed by reason" column="Reason" shares={sharesByReason(stats)} />}
            {stats && <Shares title="Slots changed by user" column="User" shares={sharesByUser(stats, users)} />}
          </div>
        </>
      )}
      {stats && <Suggestions demand={stats.demand} />}
    </>
  );
}

function periodText({ since, until }: ChangeStats, timeZone: string): string {
  const [first, last] = [since, until].map((instant) => fullDate(dateIn(timeZone, new Date(instant))));
  return `${first} – ${last}, in the tutor's time (${zoneName(timeZone)}).`;
}

function factsOf(stats: ChangeStats | undefined): Fact[] {
  const day = stats?.mostActiveDay;
  return [
    ["Slots changed", stats && formatNumber(stats.totalChanges), "added or removed"],
    ["Slots added", stats && formatNumber(stats.slotsAdded)],
    ["Slots removed", stats && formatNumber(stats.slotsRemoved)],
    ["Removed late", stats && formatNumber(stats.lateRemovals), LATE],
    ["Edits", stats && formatNumber(stats.changeSets), "one for each save"],
    ["Slots a day", stats && formatNumber(stats.avgChangesPerDay), "changed, on average"],
    ["Most active day", stats && (day ? shortDate(day) : "none"), day ? weekdayOf(day) : ""],
  ];
}
