import { Fragment } from "react";
import type { ReactNode } from "react";
import { InvalidRequest, VersionMismatch } from "slotledger-client";
import type { Change, Conflict, DayToSave, DryRun, EditReason } from "slotledger-client";
import { Dialog } from "../Dialog";
import { ErrorMessage } from "../ErrorMessage";
import { slotName, startName } from "../clock";
import { longDate } from "../time";
import { EDIT_REASONS } from "../labels";
import { t } from "../texts";
import { MergeView } from "./MergeView";
import { withLoadedDays } from "./draft";
import type { Draft } from "./draft";
import { suggestedReason } from "./useSaving";
import type { useSaving } from "./useSaving";

interface ReviewProps {
  saving: ReturnType<typeof useSaving>;
  isAdmin: boolean;
  draft: Draft;
  /** Called after a conflict was resolved. The new draft is based on the current state of the days. */
  onResolved: (draft: Draft) => void;
}

/**
 * A dialog that shows what a save of the draft would change, and saves the draft as one change set. If somebody else
 * has edited one of the days, or has booked a slot that the draft removes, the user has to resolve this conflict before
 * the draft can be saved.
 */
export function Review({ saving, isAdmin, draft, onResolved }: ReviewProps) {
  const { preview, error, days, isSaving, close } = saving;
  const answer = preview.isLoading ? undefined : preview.answer;
  const isVersionMismatch = error instanceof VersionMismatch;
  const backButton = (
    <button type="button" aria-disabled={isSaving} onClick={close}>
      {t.week.review.back}
    </button>
  );
  return (
    <Dialog title={isVersionMismatch ? t.week.review.twoEdits : t.week.review.title} onClose={close}>
      {isVersionMismatch ? (
        <MergeView draft={draft} days={error.days} onDraft={onResolved} backButton={backButton} />
      ) : error instanceof InvalidRequest ? (
        <InvalidFields error={error} days={days} zone={draft.zone} />
      ) : error ? (
        <ErrorMessage error={error} retry={preview.error ? preview.reload : undefined} />
      ) : null}
      {preview.isLoading && <p>{t.week.review.checking}</p>}
      {answer === null && <p>{t.week.review.nothing}</p>}
      {answer && !isVersionMismatch && (
        <>
          <Differences zone={draft.zone} diff={answer.diff} />
          {answer.conflicts.length > 0 ? (
            <Conflicts
              conflicts={answer.conflicts}
              draft={draft}
              // Load the current days with the new bookings. The draft keeps its edits, but gets the booked slots back.
              onKeep={() =>
                onResolved(withLoadedDays(draft, draft.zone, answer.days.map(({ date }) => date), answer.days))
              }
            />
          ) : (
            <Confirm draft={draft} isAdmin={isAdmin} saving={saving} backButton={backButton} />
          )}
        </>
      )}
      {(!answer || answer.conflicts.length > 0) && !isVersionMismatch && <div className="buttons">{backButton}</div>}
    </Dialog>
  );
}

function Differences({ zone, diff }: { zone: string; diff: DryRun["diff"] }) {
  const dates = [...new Set(diff.map(({ date }) => date))];
  const slotsOf = (date: string, action: Change["action"]) =>
    diff.filter((change) => change.date === date && change.action === action);
  return (
    <table className="differences">
      <caption className="hidden">{t.week.review.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t.week.slot.day}</th>
          <th scope="col">{t.week.review.add}</th>
          <th scope="col">{t.week.review.remove}</th>
        </tr>
      </thead>
      <tbody>
        {dates.map((date) => (
          <tr key={date}>
            <th scope="row">{longDate(date)}</th>
            {(["ADDED", "REMOVED"] as const).map((action) => (
              <td key={action} className={action.toLowerCase()}>
                {slotsOf(date, action).map((slot, i) => (
                  <Fragment key={slot.time}>
                    {i > 0 && ", "}
                    <span>{slotName(zone, date, slot)}</span>
                  </Fragment>
                ))}
                {slotsOf(date, action).length === 0 && "–"}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface ConflictsProps {
  conflicts: readonly Conflict[];
  draft: Draft;
  onKeep: () => void;
}

function Conflicts({ conflicts, draft, onKeep }: ConflictsProps) {
  // A date has one slot at a time, so the loaded slot at that time is the booked one.
  const zoneOf = (date: string, time: string) =>
    draft.loadedDays.get(date)?.timeSlots.find((slot) => slot.time === time)?.timeZone;
  return (
    <div role="alert" className="error">
      <p>{t.week.review.conflicts}</p>
      <ul>
        {conflicts.map(({ date, time, status }) => (
          <li key={`${date} ${time}`}>
            {longDate(date)}, {startName(draft.zone, { time, timeZone: zoneOf(date, time) })}: {t.bookings[status]}
          </li>
        ))}
      </ul>
      <button className="primary" onClick={onKeep}>
        {t.week.review.keep}
      </button>
    </div>
  );
}

interface ConfirmProps {
  draft: Draft;
  isAdmin: boolean;
  saving: ReturnType<typeof useSaving>;
  backButton: ReactNode;
}

function Confirm({ draft, isAdmin, saving: { form, setForm, isSaving, save }, backButton }: ConfirmProps) {
  const reason = form.reason ?? suggestedReason(draft, isAdmin);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save(reason);
      }}
    >
      <div className="fields">
        <label>
          {t.week.review.why}
          <select
            value={reason}
            onChange={(event) => setForm({ ...form, reason: event.target.value as EditReason })}
          >
            {reasonsOf(isAdmin).map((each) => (
              <option key={each} value={each}>
                {t.reasons[each]}
              </option>
            ))}
          </select>
        </label>
        <label className="wide">
          {isAdmin ? t.week.review.noteOfSupport : t.week.review.note}
          <input
            value={form.notes}
            maxLength={500}
            onChange={(event) => setForm({ ...form, notes: event.target.value })}
          />
        </label>
      </div>
      <div className="buttons">
        <button className="primary" aria-disabled={isSaving}>
          {isSaving ? t.week.status.saving : t.week.status.save}
        </button>
        {backButton}
      </div>
    </form>
  );
}

/** Return the reasons that the viewer can choose: "revert" is only for undo, and "admin_action" is only for admins. */
function reasonsOf(isAdmin: boolean): EditReason[] {
  const all = EDIT_REASONS;
  return all.filter((reason) => reason !== "revert" && (isAdmin || reason !== "admin_action"));
}

/** The invalid fields of a save, each with its day and slot if it has them. */
function InvalidFields({ error, days, zone }: { error: InvalidRequest; days: readonly DayToSave[]; zone: string }) {
  return (
    <div role="alert" className="error">
      <p>{t.week.review.invalid}</p>
      <ul>
        {error.errors.map(({ field, message }) => {
          const [, i, , j] = /^days\[(\d+)\](\.timeSlots\[(\d+)\])?/.exec(field) ?? [];
          const day = i === undefined ? undefined : days[Number(i)];
          const slot = j === undefined ? undefined : day?.timeSlots[Number(j)];
          const start = slot && startName(zone, { time: slot.time, timeZone: slot.timeZone ?? undefined });
          const where = day ? [longDate(day.date), start].filter(Boolean).join(", ") : field;
          return (
            <li key={field}>
              {where}: {message}.
            </li>
          );
        })}
      </ul>
    </div>
  );
}
