import { useEffect, useId, useState } from "react";
import type { Api, PublishedSchedule, Schedule, WeeklySchedule, WeeklySlot } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { dateAt } from "../clock";
import { t } from "../texts";
import { LATEST, firstDayOfWeek, longDate, zoneName } from "../time";
import { useAnswer } from "../useAnswer";
import { Breaks } from "./Breaks";
import { PublishDialog } from "./PublishDialog";
import { TimesForm } from "./TimesForm";
import { WeekGrid } from "./WeekGrid";
import { USUAL_DRAFTS } from "./draft";
import type { UsualDraftStore } from "./draft";
import { timesName, timesOf, weekdayName } from "./labels";
import { pauseOf, scheduleOf, slotsIn, slotsWithin, weekOf, withSlots } from "./schedule";
import type { Times, UsualWeek } from "./schedule";
import "./usual.css";

interface UsualViewProps {
  api: Api;
  tutorId: string;
  isAdmin: boolean;
  /** Keeps the draft while another view is open. */
  store: UsualDraftStore;
  /** The query of the address. With `holidays`, their list is open. */
  query: string;
}

const MAX_MINUTES = 720;

/** A tutor's usual week, drawn once and published by itself. */
export default function UsualView({ api, tutorId, isAdmin, store, query }: UsualViewProps) {
  const { answer, error, isLoading, reload } = useAnswer(
    "usual week",
    [tutorId],
    async (signal) => {
      const [base, tutor] = await Promise.all([
        api.schedules.get(tutorId, { signal }),
        api.tutors.getTutor({ tutorId }, { signal }),
      ]);
      return { base, zone: tutor.timeZone };
    },
    { isKept: false },
  );
  const draft = store.get();
  useEffect(() => {
    if (answer && !USUAL_DRAFTS.isUnsaved(store.get())) {
      show(answer.base, answer.zone);
    }
  }, [answer, draft === undefined]);

  function show(base: WeeklySchedule, zone: string) {
    const start = weekOf(base.schedule, dateAt(zone, Date.now()));
    store.set({ base, start, week: start });
  }

  return (
    <section className="usual" aria-labelledby="usual" aria-busy={isLoading || !draft}>
      <h2 id="usual">{t.views.usual}</h2>
      {error && <ErrorMessage error={error} retry={reload} />}
      {!error && !(answer && draft) && <p>{t.loading}</p>}
      {answer && draft && !error && <Form {...{ api, tutorId, isAdmin, store, query, draft, show }} zone={answer.zone} />}
    </section>
  );
}

interface FormProps extends UsualViewProps {
  draft: NonNullable<ReturnType<UsualDraftStore["get"]>>;
  /** The tutor's zone. */
  zone: string;
  show: (base: WeeklySchedule, zone: string) => void;
}

function Form({ api, tutorId, isAdmin, store, query, draft: { base, start, week }, zone, show }: FormProps) {
  const [durationMinutes, setDurationMinutes] = useState(start.slots[0]?.durationMinutes ?? 60);
  const [pauseMinutes, setPauseMinutes] = useState(() => pauseOf(start.slots));
  const [message, setMessage] = useState("");
  const [reviewed, setReviewed] = useState<{ schedule: Schedule | null }>();
  const [reloadError, setReloadError] = useState<Error>();
  const formId = useId();
  const today = dateAt(zone, Date.now());
  const isUnsaved = USUAL_DRAFTS.isUnsaved({ base, start, week });

  const change = (fields: Partial<UsualWeek>) => store.set({ base, start, week: { ...week, ...fields } });

  function draw(times: Times) {
    if (!isWholeNumber(durationMinutes, 5) || !isWholeNumber(pauseMinutes, 0)) {
      setMessage(t.usual.form.wholeNumbers);
      return;
    }
    const added = slotsIn(times, durationMinutes, pauseMinutes);
    const slots = withSlots(week.slots, added);
    const replaced = week.slots.length + added.length - slots.length;
    change({ slots });
    const name = timesName({ ...times, to: Math.max(times.to, times.from + durationMinutes) });
    setMessage(t.usual.added(name, added.length, replaced));
  }

  function remove(removed: readonly WeeklySlot[]) {
    change({ slots: week.slots.filter((slot) => !removed.includes(slot)) });
    const [slot] = removed;
    setMessage(
      removed.length === 1
        ? t.usual.removedOne(weekdayName(slot!.weekday), timesOf(slot!))
        : t.usual.removed(removed.length),
    );
  }

  function onSaved(answer: PublishedSchedule) {
    const { added, removed } = answer.changes;
    const history = answer.audit === "deferred" ? ` ${t.usual.historyLater}` : "";
    if (answer.schedule === null) {
      store.set({ base: answer, start: weekOf(null, today), week });
      setMessage(t.usual.stopped(removed) + history);
    } else {
      show(answer, zone);
      setMessage(t.usual.saved(added, removed) + history);
    }
    setReviewed(undefined);
  }

  /** After somebody else has changed the schedule: show it, or base this edit on it. */
  async function reload(keepsEdit: boolean) {
    try {
      const current = await api.schedules.get(tutorId);
      if (keepsEdit) {
        store.set({ base: current, start: weekOf(current.schedule, today), week });
      } else {
        show(current, zone);
        setReviewed(undefined);
        setMessage(t.usual.asItIs);
      }
    } catch (error) {
      setReviewed(undefined);
      setReloadError(error as Error);
    }
  }

  return (
    <>
      <p className="small">
        {t.usual.about(zoneName(week.timeZone ?? zone))}
      </p>
      <div className="bar published">
        <p>
          {base.publishedThrough === null
            ? t.usual.notPublished
            : t.usual.publishedUntil(longDate(base.publishedThrough, today))}
        </p>
        {base.schedule !== null && (
          <button onClick={() => setReviewed({ schedule: null })}>{t.usual.stop}</button>
        )}
      </div>
      {reloadError && <ErrorMessage error={reloadError} />}
      <TimesForm
        {...{ durationMinutes, pauseMinutes }}
        onDuration={setDurationMinutes}
        onPause={setPauseMinutes}
        onAdd={draw}
        onRemove={(times) => remove(slotsWithin(week.slots, times))}
      />
      <WeekGrid slots={week.slots} onDraw={draw} onRemove={remove} />
      <p id="grid-help" className="hint">
        {t.usual.grid.help}
      </p>
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          setReviewed({ schedule: scheduleOf(week) });
        }}
      >
        <div className="fields">
          <label>
            {t.usual.every}
            <select value={week.everyWeeks} onChange={(event) => change({ everyWeeks: Number(event.target.value) })}>
              {t.usual.rhythms.map((name, i) => (
                <option key={name} value={i + 1}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t.usual.from}
            <input
              type="date"
              max={LATEST}
              required
              value={week.validFrom}
              onChange={(event) => change({ validFrom: event.target.value })}
            />
          </label>
          <label>
            {t.usual.weeksAhead}
            <input
              type="number"
              min={1}
              max={52}
              required
              value={week.weeksAhead || ""}
              onChange={(event) => change({ weeksAhead: event.target.valueAsNumber || 0 })}
            />
          </label>
        </div>
        {week.everyWeeks > 1 && firstDayOfWeek() !== 1 && <p className="small">{t.usual.fromMonday}</p>}
        <Breaks
          breaks={week.breaks}
          onBreaks={(breaks) => change({ breaks })}
          areHolidaysOpen={new URLSearchParams(query).has("holidays")}
          {...{ zone, today }}
        />
      </form>
      <div className="unsaved" data-unsaved={isUnsaved}>
        <div role="status">
          <p>{message}</p>
        </div>
        <div className="bar">
          <p>
            {t.usual.aWeek(week.slots.length)} {isUnsaved ? t.usual.notSaved : t.usual.noChanges}
          </p>
          <div className="buttons">
            {isUnsaved && (
              <button
                onClick={() => {
                  store.set({ base, start, week: start });
                  setMessage(t.usual.discarded);
                }}
              >
                {t.usual.discard}
              </button>
            )}
            <button className="primary" form={formId}>
              {t.usual.review}
            </button>
          </div>
        </div>
      </div>
      {reviewed && (
        <PublishDialog
          key={base.version}
          {...{ api, tutorId, isAdmin, today, onSaved }}
          schedule={reviewed.schedule}
          version={base.version}
          onClose={() => setReviewed(undefined)}
          onReload={(keepsEdit) => void reload(keepsEdit)}
        />
      )}
    </>
  );
}

function isWholeNumber(minutes: number, min: number): boolean {
  return Number.isInteger(minutes) && min <= minutes && minutes <= MAX_MINUTES;
}
