import { useState } from "react";
import type { Api, ChangeStats } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { t } from "../texts";
import { dateIn, firstDayOfWeek, viewersZone, zoneName } from "../time";
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
import { completenessText, fullDate, shortDate, weekdayOf } from "./labels";
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
        <h2 id="statistics">{t.statistics.title}</h2>
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

const HOURS: readonly HoursOf[] = ["changes", "removedSlots"];

interface NumbersProps {
  answer: { stats: ChangeStats; timeZone: string } | undefined;
  isLoading: boolean;
  users: UserIds;
}

/** The numbers and charts, with placeholders while they are loading. */
function Numbers({ answer, isLoading, users }: NumbersProps) {
  const stats = answer?.stats;
  const { charts } = t.statistics;
  const weeks = answer && weeksOf(answer.stats, answer.timeZone);
  const [hours, setHours] = useState<HoursOf>("changes");
  return (
    <>
      <p className="note">{answer ? periodText(answer.stats, answer.timeZone) : "…"}</p>
      <p className="note">{t.statistics.countedWhenSaved}</p>
      <Completeness isLoading={isLoading} isComplete={stats?.complete} text={stats && completenessText(stats)} />
      <Headline facts={[...demandFacts(stats?.demand), ...factsOf(stats)]} />
      {stats?.demand.offeredMinutes === 0 ? (
        <p className="empty">{t.statistics.noneStarted(stats.days)}</p>
      ) : (
        <ChartFigure
          title={charts.booked}
          kind="hours"
          contents={stats && demandFigure(stats.demand)}
        />
      )}
      {stats?.totalChanges === 0 ? (
        <p className="empty">
          {t.statistics.noneChanged(stats.days, stats.complete)}
        </p>
      ) : (
        <>
          <LatePattern />
          <ChartFigure
            title={charts.spans}
            kind="spans"
            contents={weeks && spansFigure(weeks, WEEKS)}
          >
            <Legend />
            {firstDayOfWeek() !== 1 && <p className="note">{t.statistics.fromMonday}</p>}
          </ChartFigure>
          <ChartFigure
            title={charts.hours}
            kind="hours"
            contents={stats && hoursFigure(hours === "changes" ? stats.byWeekdayHour : stats.removedByWeekdayHour, hours)}
          >
            <fieldset className="periods">
              <legend>{charts.count}</legend>
              {HOURS.map((of) => (
                <label key={of}>
                  <input type="radio" name="hours" checked={of === hours} onChange={() => setHours(of)} />
                  {charts.counted[of]}
                </label>
              ))}
            </fieldset>
          </ChartFigure>
          <div className="columns">
            <ChartFigure
              title={charts.times}
              kind="times"
              contents={stats && timesFigure(stats.mostRemovedTimes, stats.slotsRemoved)}
            />
            {stats && <Shares title={charts.byReason} column={charts.reason} shares={sharesByReason(stats)} />}
            {stats && <Shares title={charts.byUser} column={charts.user} shares={sharesByUser(stats, users)} />}
          </div>
        </>
      )}
      {stats && <Suggestions demand={stats.demand} />}
    </>
  );
}

function periodText({ since, until }: ChangeStats, timeZone: string): string {
  const [first, last] = [since, until].map((instant) => fullDate(dateIn(timeZone, new Date(instant))));
  return t.statistics.period(first!, last!, zoneName(timeZone));
}

function factsOf(stats: ChangeStats | undefined): Fact[] {
  const day = stats?.mostActiveDay;
  const { facts } = t.statistics;
  return [
    [facts.changed, stats && formatNumber(stats.totalChanges), facts.addedOrRemoved],
    [facts.added, stats && formatNumber(stats.slotsAdded)],
    [facts.removed, stats && formatNumber(stats.slotsRemoved)],
    [facts.late, stats && formatNumber(stats.lateRemovals), t.statistics.late],
    [facts.edits, stats && formatNumber(stats.changeSets), facts.eachSave],
    [facts.aDay, stats && formatNumber(stats.avgChangesPerDay), facts.onAverage],
    [facts.mostActive, stats && (day ? shortDate(day) : facts.none), day ? weekdayOf(day) : ""],
  ];
}
