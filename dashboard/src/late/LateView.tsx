import { useContext } from "react";
import { Link } from "wouter";
import type { Api, Entry, Tutor } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { saveFile } from "../history/CsvButton";
import { instantsOf } from "../history/instants";
import { formatNumber, shortId } from "../labels";
import { percent } from "../statistics/demand";
import { t } from "../texts";
import { addDays, dateIn, isoWeek, rangeName, viewersZone } from "../time";
import { UserId, useAnswer } from "../useAnswer";
import type { QueryState } from "../useQueryState";
import { LateChart } from "./LateChart";
import { LateList } from "./LateList";
import { PlatformFrame } from "./PlatformFrame";
import { PERIODS, chosenOf, countByTutor, countByWeek, csvOf, periodOf, removalsOf } from "./late";
import type { Choice, Period } from "./late";
import "./late.css";

interface LateViewProps {
  api: Api;
  tutors: readonly Tutor[];
  state: QueryState;
}

const SOON_MINUTES = 120;

/** Offered times that were removed less than 24 hours before their start: by week, by tutor, and one by one. */
export function LateView({ api, tutors, state }: LateViewProps) {
  const { params } = state;
  const viewer = useContext(UserId);
  const zone = viewersZone();
  const name = PERIODS.find((each) => each === params.get("period")) ?? "weeks";
  const period = periodOf(name, dateIn(zone, new Date()));
  const choice: Choice = { week: params.get("week") ?? undefined, tutorId: params.get("of") ?? undefined };
  const { answer, error, isLoading, reload } = useAnswer("late", [period.from, period.to], async (signal) => {
    const [{ entries, isComplete }, { weekly }] = await Promise.all([
      readLate(api, period, zone, signal),
      api.audit.getPlatformStats(undefined, { ...period, limit: 1, signal }),
    ]);
    return { period, removals: removalsOf(entries, zone), isComplete, weekly };
  });
  const tutorById = new Map(tutors.map((tutor) => [tutor.tutorId, tutor]));
  const nameOf = (id: string) => tutorById.get(id)?.name ?? shortId(id);
  const removals = answer?.removals ?? [];
  const shown = chosenOf(removals, choice);
  const last = addDays(period.to, -1);
  return (
    <PlatformFrame show="late" isBusy={isLoading}>
      <div className="late">
        <div className="head">
          <nav className="segments" aria-label={t.late.period}>
            {PERIODS.map((each) => (
              <Link
                key={each}
                href={state.linkTo({ period: each === "weeks" ? undefined : each, week: undefined })}
                aria-current={each === name ? "page" : undefined}
              >
                {t.late.periods[each]}
              </Link>
            ))}
          </nav>
          <p className="small">
            {rangeName(period.from, last)}. {t.late.meaning}
          </p>
          <button
            aria-disabled={!answer || isLoading}
            onClick={() => answer && !isLoading && saveFile(`late_removals_${period.from}_${last}.csv`, csvOf(shown, nameOf))}
          >
            {t.late.csv}
          </button>
        </div>
        {error ? (
          <ErrorMessage error={error} retry={reload} />
        ) : (
          <>
            {answer?.isComplete === false && <p className="notice">{t.late.incomplete}</p>}
            <dl className="kpis">
              {(
                [
                  [t.late.count(removals.length), answer && formatNumber(removals.length)],
                  [t.late.ofAll, answer && shareOf(answer.weekly)],
                  [t.late.soon, answer && formatNumber(removals.filter(({ minutesBefore }) => minutesBefore < SOON_MINUTES).length)],
                ] as const
              ).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value ?? "…"}</dd>
                </div>
              ))}
            </dl>
            <div className="late-two">
              <LateChart weeks={countByWeek(removals, answer?.period ?? period)} chosen={choice.week} state={state} />
              <ByTutor counts={countByTutor(removals)} chosen={choice.tutorId} {...{ nameOf, state }} />
            </div>
            <LateList {...{ zone, viewer, nameOf }} removals={shown} isLoaded={answer !== undefined} userOf={(id) => tutorById.get(id)?.userId ?? null}>
              <h3 tabIndex={-1}>{titleOf(choice, nameOf)}</h3>
              {(choice.week ?? choice.tutorId) && <Link href={state.linkTo({ week: undefined, of: undefined })}>{t.late.all}</Link>}
            </LateList>
          </>
        )}
      </div>
    </PlatformFrame>
  );
}

/** Read the late removals of a period, page by page. */
async function readLate(api: Api, { from, to }: Period, zone: string, signal: AbortSignal): Promise<{ entries: Entry[]; isComplete: boolean }> {
  const [first, end] = [from, to].map((date) => instantsOf(`${date}T00:00`, zone)[0] ?? `${date}T00:00:00Z`);
  const entries: Entry[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await api.audit.getPlatformHistory({ from: first, to: end, late: true, limit: 1000, cursor, signal });
    entries.push(...page);
    if (page.nextCursor === null) {
      return { entries, isComplete: page.complete };
    }
    cursor = page.nextCursor;
  }
}

/** Return the share of late removals among all removals of the counted weeks. */
function shareOf(weekly: readonly { slotsRemoved: number; lateRemovals: number }[]): string {
  const sum = (count: (week: { slotsRemoved: number; lateRemovals: number }) => number) => weekly.reduce((total, week) => total + count(week), 0);
  const removed = sum(({ slotsRemoved }) => slotsRemoved);
  return percent(removed === 0 ? null : sum(({ lateRemovals }) => lateRemovals) / removed);
}

function titleOf({ week, tutorId }: Choice, nameOf: (id: string) => string): string {
  const ofWeek = week && t.late.week(isoWeek(week), rangeName(week, addDays(week, 6)));
  return [ofWeek, tutorId && nameOf(tutorId)].filter(Boolean).join(" · ") || t.late.each;
}

const MAX_TUTORS = 8;

interface ByTutorProps {
  counts: readonly [tutorId: string, count: number][];
  chosen: string | undefined;
  nameOf: (tutorId: string) => string;
  state: QueryState;
}

/** The tutors with the most late removals. A press shows those of the tutor. */
function ByTutor({ counts, chosen, nameOf, state }: ByTutorProps) {
  const largest = counts[0]?.[1] ?? 1;
  const others = counts.slice(MAX_TUTORS);
  const row = (name: string, count: number) => (
    <>
      <span className="cut">{name}</span>
      <i style={{ inlineSize: `${Math.min(count / largest, 1) * 100}%` }} />
      <b>{formatNumber(count)}</b>
    </>
  );
  return (
    <section className="card" aria-label={t.late.byTutor}>
      <h3>{t.late.byTutor}</h3>
      <ul className="who">
        {counts.slice(0, MAX_TUTORS).map(([tutorId, count]) => (
          <li key={tutorId}>
            <Link href={state.linkTo({ of: tutorId === chosen ? undefined : tutorId })} aria-current={tutorId === chosen ? "true" : undefined}>
              {row(nameOf(tutorId), count)}
            </Link>
          </li>
        ))}
        {others.length > 0 && <li className="others">{row(t.late.others(others.length), others.reduce((sum, [, count]) => sum + count, 0))}</li>}
      </ul>
    </section>
  );
}
