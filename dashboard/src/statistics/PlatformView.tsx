import { useState } from "react";
import { Link } from "wouter";
import { Forbidden } from "slotledger-client";
import type { Api, PlatformStats, Tutor } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { LateView } from "../late/LateView";
import { PlatformFrame } from "../late/PlatformFrame";
import { linkTo } from "../links";
import { t } from "../texts";
import { addDays, firstDayOfWeek } from "../time";
import { useAnswer } from "../useAnswer";
import { useQueryState } from "../useQueryState";
import { Headline } from "./Headline";
import type { Fact } from "./Headline";
import { LatePattern, Legend } from "./Legend";
import { Periods } from "./Periods";
import type { Period } from "./Periods";
import { ChartFigure } from "./ChartFigure";
import { Completeness } from "./Completeness";
import { Seasons } from "./Seasons";
import { Shares } from "./Shares";
import { TUTORS_PER_PAGE, Tutors } from "./Tutors";
import { bookedFigure, demandByMonth, demandByWeek, demandTotal, percent } from "./demand";
import { sharesByReason, sharesByUser } from "./shares";
import { MONTHS, WEEKS, hoursFigure, spansFigure, timesFigure } from "./figures";
import { countedWeeks, monthsOf, totalOf } from "./series";
import type { Span } from "./series";
import { formatNumber, shortId } from "../labels";
import { fullDate, platformCompletenessText } from "./labels";
import "./statistics.css";

/** How many tutors have their names in the table: those of one page of `GET /tutors`. */
const MAX_NAMES = 1000;
/** Users have no names here: the platform's statistics don't say whose they are. */
const NOBODY = { viewer: null, tutor: null };

/** All tutors, for admins: late removals, or the statistics over full weeks. */
export default function PlatformView({ api, query }: { api: Api; query: string }) {
  const state = useQueryState(query);
  // The names arrive later than the numbers, or not at all: then the ends of the ids are shown.
  const { answer, error } = useAnswer("names", [], (signal) => api.tutors.listTutors({ limit: MAX_NAMES, signal }));
  const tutors = answer?.tutors ?? [];
  if (error instanceof Forbidden) {
    return (
      <section className="statistics" aria-labelledby="platform">
        <h2 id="platform">{t.views.platform}</h2>
        <p>
          {t.late.forSupport} <Link href={linkTo("statistics")}>{t.views.statistics}</Link>.
        </p>
      </section>
    );
  }
  return state.params.get("show") === "numbers" ? <Statistics {...{ api, tutors }} /> : <LateView {...{ api, tutors, state }} />;
}

/** The statistics of all tutors over full weeks. */
function Statistics({ api, tutors }: { api: Api; tutors: readonly Tutor[] }) {
  const [period, setPeriod] = useState<Period>(90);
  const { answer, error, isLoading, reload } = useAnswer("platform", [period], async (signal) => ({
    days: period,
    stats: await api.audit.getPlatformStats(period, { limit: TUTORS_PER_PAGE, signal }),
  }));
  const names = new Map(tutors.map(({ tutorId, name }) => [tutorId, name]));
  const nameOf = (id: string) => names.get(id) ?? shortId(id);
  return (
    <PlatformFrame show="numbers" isBusy={isLoading}>
      <Periods period={period} onPeriod={setPeriod} />
      {error ? (
        <ErrorMessage error={error} retry={reload} />
      ) : (
        <>
          <Numbers stats={answer?.stats} isLoading={isLoading} />
          {answer && answer.stats.tutors.length > 0 && (
            <Tutors key={answer.days} api={api} days={answer.days} first={answer.stats} nameOf={nameOf} />
          )}
          <Seasons api={api} />
        </>
      )}
    </PlatformFrame>
  );
}

/** The numbers and charts, with placeholders while they are loading. */
function Numbers({ stats, isLoading }: { stats: PlatformStats | undefined; isLoading: boolean }) {
  const weeks = stats && countedWeeks(stats);
  const { charts } = t.statistics;
  const total = weeks && totalOf(weeks);
  const isEmpty = total?.slotsAdded === 0 && total.slotsRemoved === 0;
  return (
    <>
      <p className="note">
        {weeks ? periodText(weeks) : "…"} {firstDayOfWeek() !== 1 && t.statistics.fromMonday}
      </p>
      <p className="note">{t.statistics.hoursAreTutors}</p>
      <Completeness isLoading={isLoading} isComplete={stats?.complete} text={stats && platformCompletenessText(stats)} />
      <Headline facts={factsOf(weeks, stats && demandTotal(demandByWeek(stats)))} />
      {weeks?.length !== 0 && (
        <ChartFigure title={charts.bookedByWeek} kind="spans" contents={stats && bookedFigure(demandByWeek(stats), WEEKS)}>
          <p className="note">{charts.ofTheStart}</p>
        </ChartFigure>
      )}
      {isEmpty ? (
        <p className="empty">
          {weeks!.length > 0
            ? t.statistics.noneInWeeks
            : t.statistics.noWeek}
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
          </ChartFigure>
          <ChartFigure
            title={charts.hours}
            kind="hours"
            contents={stats && hoursFigure(stats.byWeekdayHour)}
          />
          <div className="columns two">
            <ChartFigure
              title={charts.spansByMonth}
              kind="spans"
              contents={stats && spansFigure(monthsOf(stats), MONTHS)}
            >
              <p className="note">{charts.ofTheMonth}</p>
            </ChartFigure>
            <ChartFigure
              title={charts.bookedByMonth}
              kind="spans"
              contents={stats && bookedFigure(demandByMonth(stats), MONTHS)}
            >
              <p className="note">{charts.ofTheMonth}</p>
            </ChartFigure>
            <ChartFigure
              title={charts.times}
              kind="times"
              contents={stats && timesFigure(stats.mostRemovedTimes, total!.slotsRemoved)}
            />
            {stats && <Shares title={charts.byReason} column={charts.reason} shares={sharesByReason(stats)} />}
            {stats && <Shares title={charts.byUser} column={charts.user} shares={sharesByUser(stats, NOBODY)} />}
          </div>
        </>
      )}
    </>
  );
}

function periodText(weeks: readonly Span[]): string {
  if (weeks.length === 0) {
    return t.statistics.fullWeeks(null);
  }
  const [first, last] = [weeks[0]!.start, addDays(weeks.at(-1)!.start, 6)].map(fullDate);
  return t.statistics.fullWeeks(`${first} – ${last}`);
}

function factsOf(weeks: readonly Span[] | undefined, demand: ReturnType<typeof demandTotal> | undefined): Fact[] {
  const total = weeks && totalOf(weeks);
  const { facts } = t.statistics;
  return [
    [
      facts.booked,
      demand && percent(demand.fillRate),
      demand && facts.ofSlots(formatNumber(demand.booked), formatNumber(demand.offered)),
    ],
    [facts.changed, total && formatNumber(total.slotsAdded + total.slotsRemoved), facts.addedOrRemoved],
    [facts.added, total && formatNumber(total.slotsAdded)],
    [facts.removed, total && formatNumber(total.slotsRemoved)],
    [facts.late, total && formatNumber(total.lateRemovals), t.statistics.late],
    [facts.weeks, weeks && formatNumber(weeks.length), facts.counted],
  ];
}
