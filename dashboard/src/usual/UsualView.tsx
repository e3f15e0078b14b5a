import { useEffect, useId, useState } from "react";
import type { Api, PublishedSchedule, Schedule, WeeklySchedule, WeeklySlot } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { dateAt } from "../clock";
import { plural } from "../labels";
import { LATEST, longDate, zoneName } from "../time";
import { useAnswer } from "../useAnswer";
import { Breaks } from "./Breaks";
import { PublishDialog } from "./PublishDialog";
import { TimesForm } from "./TimesForm";
import { WeekGrid } from "./WeekGrid";
import { USUAL_DRAFTS } from "./draft";
import type { UsualDraftStore } from "./draft";
import { timesName, timesOf, WEEKDAY_NAMES } from "./labels";
import { pauseOf, scheduleOf, slotsIn, slotsWithin, weekOf, withSlots } from "./schedule";
import type { Times, UsualWeek } from "./schedule";
import "./usual.css";

interface UsualViewProps {
  api: Api;
  tutorId: string;
  isAdmin: boolean;
  /** Keeps the draft while another view is open. */
  store: UsualDraftStore;
}

const MAX_MINUTES = 720;
const EVERY = ["week", "second week", "third week", "fourth week"];

/** A tutor's usual week, drawn once and published by itself. */
export default function UsualView({ api, tutorId, isAdmin, store }: UsualViewProps) {
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
      <h2 id="usual">Usual week</h2>
      {error && <ErrorMessage error={error} retry={reload} />}
      {!error && !(answer && draft) && <p>Loading …</p>}
      {answer && draft && !error && <Form {...{ api, tutorId, isAdmin, store, draft, show }} zone={answer.zone} />}
    </section>
  );
}

interface FormProps extends UsualViewProps {
  draft: NonNullable<ReturnType<UsualDraftStore["get"]>>;
  /** The tutor's zone. */
  zone: string;
  show: (base: WeeklySchedule, zone: string) => void;
}

function Form({ api, tutorId, isAdmin, store, draft: { base, start, week }, zone, show }: FormProps) {
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
      setMessage("Use whole numbers: 5 to 720 for the length in minutes, 0 to 720 for the pause.");
      return;
    }
    const added = slotsIn(times, durationMinutes, pauseMinutes);
    const slots = withSlots(week.slots, added);
    const replaced = week.slots.length + added.length - slots.length;
    change({ slots });
    setMessage(
      `${timesName({ ...times, to: Math.max(times.to, times.from + durationMinutes) })}: ${plural(added.length, "slot")} ` +
        `added${replaced > 0 ? `, ${replaced} replaced` : ""}.`,
    );
  }

  function remove(removed: readonly WeeklySlot[]) {
    change({ slots: week.slots.filter((slot) => !removed.includes(slot)) });
    const [slot] = removed;
    setMessage(
      removed.length === 1
        ? `${WEEKDAY_NAMES[slot!.weekday]}, ${timesOf(slot!)} removed.`
        : `${plural(removed.length, "slot")} removed.`,
    );
  }

  function onSaved(answer: PublishedSchedule) {
    const { added, removed } = answer.changes;
    const history = answer.audit === "deferred" ? " The history shows it in a few minutes." : "";
    if (answer.schedule === null) {
      store.set({ base: answer, start: weekOf(null, today), week });
      setMessage(`Publishing is stopped: ${plural(removed, "free slot")} removed.${history}`);
    } else {
      show(answer, zone);
      setMessage(`Saved: ${added} added, ${removed} removed.${history}`);
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
        setMessage("This is the usual week as it is now.");
      }
    } catch (error) {
      setReviewed(undefined);
      setReloadError(error as Error);
    }
  }

  return (
    <>
      <p className="small">
        Draw what you offer in a usual week. It is published by itself, week after week. Times are{" "}
        {zoneName(week.timeZone ?? zone)}.
      </p>
      <div className="bar published">
        <p>
          {base.publishedThrough === null
            ? "Nothing is published by itself yet."
            : `Published until ${longDate(base.publishedThrough, today)}.`}
        </p>
        {base.schedule !== null && (
          <button onClick={() => setReviewed({ schedule: null })}>Stop publishing</button>
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
        Click a time to add a slot, and a slot to remove it. Drag over several days to fill them; what was there is
        replaced. By keyboard: arrow keys, with Shift for several, then Enter to add or Delete to remove.
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
            Every
            <select value={week.everyWeeks} onChange={(event) => change({ everyWeeks: Number(event.target.value) })}>
              {EVERY.map((name, i) => (
                <option key={name} value={i + 1}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            From
            <input
              type="date"
              max={LATEST}
              required
              value={week.validFrom}
              onChange={(event) => change({ validFrom: event.target.value })}
            />
          </label>
          <label>
            Weeks ahead
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
        <Breaks breaks={week.breaks} onBreaks={(breaks) => change({ breaks })} zone={zone} today={today} />
      </form>
      <div className="unsaved" data-unsaved={isUnsaved}>
        <div role="status">
          <p>{message}</p>
        </div>
        <div className="bar">
          <p>
            {plural(week.slots.length, "slot")} a week. {isUnsaved ? "Not saved yet." : "No changes to save."}
          </p>
          <div className="buttons">
            {isUnsaved && (
              <button
                onClick={() => {
                  store.set({ base, start, week: start });
                  setMessage("The changes are discarded.");
                }}
              >
                Discard
              </button>
            )}
            <button className="primary" form={formId}>
              Review and save
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
