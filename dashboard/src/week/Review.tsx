import type { ReactNode } from "react";
import { InvalidRequest, VersionMismatch } from "slotledger-client";
import type { Change, Conflict, DayToSave, DryRun, Reason } from "slotledger-client";
import { Dialog } from "../Dialog";
import { Trouble } from "../Trouble";
import { slotName } from "../clock";
import { longDate } from "../time";
import { BOOKINGS, REASONS } from "../labels";
import { MergeView } from "./MergeView";
import { withRead } from "./draft";
import type { Draft } from "./draft";
import type { useSaving } from "./useSaving";

interface ReviewProps {
  saving: ReturnType<typeof useSaving>;
  isAdmin: boolean;
  draft: Draft;
  /** Goes on with the days as they stand now. */
  onSettled: (draft: Draft) => void;
}

/**
 * Shows what a save would change, by the server's word (a dry run), and saves it, as one change set. Whatever is in the
 * way (a day that moved on, a slot that was booked meanwhile) is settled here first; the edit stays until it is saved.
 */
export function Review({ saving, isAdmin, draft, onSettled }: ReviewProps) {
  const { preview, error, days, isSaving, close } = saving;
  const answer = preview.isLoading ? undefined : preview.answer;
  const isMoved = error instanceof VersionMismatch;
  const back = (
    <button type="button" aria-disabled={isSaving} onClick={close}>
      Back to the week
    </button>
  );
  return (
    <Dialog title={isMoved ? "Two edits of one day" : "Review and save"} onClose={close}>
      {isMoved ? (
        <MergeView draft={draft} days={error.days} onDraft={onSettled} back={back} />
      ) : error instanceof InvalidRequest ? (
        <InvalidFields error={error} days={days} />
      ) : error ? (
        <Trouble error={error} again={preview.error ? preview.again : undefined} />
      ) : null}
      {preview.isLoading && <p>Asking what would change …</p>}
      {answer === null && <p>Nothing is left to change.</p>}
      {answer && !isMoved && (
        <>
          <Differences zone={draft.zone} diff={answer.diff} />
          {answer.conflicts.length > 0 ? (
            <Conflicts
              conflicts={answer.conflicts}
              onKeep={() => onSettled(withRead(draft, draft.zone, answer.days.map(({ date }) => date), answer.days))}
            />
          ) : (
            <Confirm draft={draft} isAdmin={isAdmin} saving={saving} back={back} />
          )}
        </>
      )}
      {(!answer || answer.conflicts.length > 0) && !isMoved && <div className="buttons">{back}</div>}
    </Dialog>
  );
}

function Differences({ zone, diff }: { zone: string; diff: DryRun["diff"] }) {
  const dates = [...new Set(diff.map(({ date }) => date))];
  const of = (date: string, action: Change["action"]) =>
    diff.filter((change) => change.date === date && change.action === action);
  return (
    <table className="differences">
      <caption className="hidden">What a save would change</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col">Offered</th>
          <th scope="col">Withdrawn</th>
        </tr>
      </thead>
      <tbody>
        {dates.map((date) => (
          <tr key={date}>
            <th scope="row">{longDate(date)}</th>
            {(["ADDED", "REMOVED"] as const).map((action) => (
              <td key={action} className={action.toLowerCase()}>
                {of(date, action)
                  .map((slot) => slotName(zone, date, slot))
                  .join(", ") || "–"}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Conflicts({ conflicts, onKeep }: { conflicts: readonly Conflict[]; onKeep: () => void }) {
  return (
    <div role="alert" className="trouble">
      <p>Meanwhile these slots were taken, and can't be withdrawn:</p>
      <ul>
        {conflicts.map(({ date, time, status }) => (
          <li key={`${date} ${time}`}>
            {longDate(date)}, {time}: {BOOKINGS[status]}
          </li>
        ))}
      </ul>
      <button className="primary" onClick={onKeep}>
        Keep them, and go on
      </button>
    </div>
  );
}

interface ConfirmProps {
  draft: Draft;
  isAdmin: boolean;
  saving: ReturnType<typeof useSaving>;
  back: ReactNode;
}

function Confirm({ draft, isAdmin, saving: { wishes, setWishes, isSaving, save }, back }: ConfirmProps) {
  const suggested = isAdmin && draft.reason === "tutor_edit" ? "admin_action" : draft.reason;
  const reason = wishes.reason ?? suggested;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save(reason);
      }}
    >
      <div className="fields">
        <label>
          Why
          <select
            value={reason}
            onChange={(event) => setWishes({ ...wishes, reason: event.target.value as Reason })}
          >
            {reasonsOf(isAdmin).map((each) => (
              <option key={each} value={each}>
                {REASONS[each]}
              </option>
            ))}
          </select>
        </label>
        <label className="wide">
          Note for the history (you and support see it)
          <input
            value={wishes.notes}
            maxLength={500}
            onChange={(event) => setWishes({ ...wishes, notes: event.target.value })}
          />
        </label>
      </div>
      <div className="buttons">
        <button className="primary" aria-disabled={isSaving}>
          {isSaving ? "Saving …" : "Save"}
        </button>
        {back}
      </div>
    </form>
  );
}

/** Returns the reasons that somebody may give; "undo" is for what undoes a change set. */
function reasonsOf(isAdmin: boolean): Reason[] {
  const all = Object.keys(REASONS) as Reason[];
  return all.filter((reason) => reason !== "revert" && (isAdmin || reason !== "admin_action"));
}

/** What the server doesn't take, by the slot that each field is. */
function InvalidFields({ error, days }: { error: InvalidRequest; days: readonly DayToSave[] }) {
  return (
    <div role="alert" className="trouble">
      <p>This can't be saved as it is. Go back to the week and change it:</p>
      <ul>
        {error.errors.map(({ field, message }) => {
          const [, i, , j] = /^days\[(\d+)\](\.timeSlots\[(\d+)\])?/.exec(field) ?? [];
          const day = i === undefined ? undefined : days[Number(i)];
          const slot = j === undefined ? undefined : day?.timeSlots[Number(j)];
          const where = day ? `${longDate(day.date)}${slot ? `, ${slot.time}` : ""}` : field;
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
