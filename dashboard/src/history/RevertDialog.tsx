import { useRef, useState } from "react";
import { SlotBooked } from "slotledger-client";
import type { Api, Conflict, Day, DryRun } from "slotledger-client";
import { Dialog } from "../Dialog";
import { ErrorMessage } from "../ErrorMessage";
import { startName } from "../clock";
import { shortDate, dateTimeIn } from "../time";
import { useAnswer } from "../useAnswer";
import { t } from "../texts";
import { Changes } from "./Changes";
import { countsText, revertText, mayHaveBeenSaved, revertErrorText } from "../reverts";
import type { ChangeSet } from "./changeSets";

/** A dialog that previews the revert of a change set. When the viewer confirms, the revert is sent once. */
export function RevertDialog({
  api,
  tutorId,
  zone,
  changeSet,
  onMessage,
  onClosed,
}: {
  api: Api;
  tutorId: string;
  zone: string;
  changeSet: ChangeSet;
  /** Called with the result as text, even if the dialog was closed before the answer came. */
  onMessage: (text: string) => void;
  onClosed: () => void;
}) {
  const preview = useAnswer(
    "revert preview",
    [tutorId, changeSet.id],
    (signal) => api.availability.revert(tutorId, changeSet.id, { dryRun: true, signal }),
    { isKept: false },
  );
  const [notes, setNotes] = useState("");
  const [sendError, setSendError] = useState<Error>();
  const [isSending, setIsSending] = useState(false);
  const isSent = useRef(false);

  async function send() {
    if (isSent.current) {
      return; // `aria-disabled` doesn't stop clicks, so ignore a second click
    }
    isSent.current = true;
    setIsSending(true);
    try {
      const update = await api.availability.revert(tutorId, changeSet.id, { notes: notes.trim() || null });
      onClosed(); // close the dialog first, because screen readers don't read messages behind a dialog
      onMessage(revertText(update));
    } catch (error) {
      onMessage(mayHaveBeenSaved(error as Error) ? t.history.revert.uncertain : t.history.revert.nothingUndone);
      setSendError(error as Error);
    } finally {
      setIsSending(false);
    }
  }

  const error = sendError ?? preview.error;
  const dryRun = !error && preview.answer;
  const canBeUndone = dryRun && dryRun.conflicts.length === 0 && dryRun.diff.length > 0;
  return (
    <Dialog title={t.history.revert.title} onClose={onClosed}>
      <p className="small">
        {t.history.revert.savedOn(dateTimeIn(zone, new Date(changeSet.changedAt)))}
        {changeSet.reason === "schedule" && ` ${t.history.revert.byHand}`}
      </p>
      <div className="result" aria-live="polite" aria-busy={preview.isLoading}>
        {preview.isLoading && <p>{t.history.revert.checking}</p>}
        {error && (
          <RevertError
            {...{ error, zone }}
            days={preview.answer?.days ?? []}
            wasSent={sendError !== undefined}
            retry={preview.reload}
          />
        )}
        {dryRun && <Preview preview={dryRun} zone={zone} />}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {canBeUndone && (
          <label>
            {t.history.revert.note}
            <textarea maxLength={500} rows={2} value={notes} onChange={(event) => setNotes(event.target.value)} />
          </label>
        )}
        <div className="buttons">
          {canBeUndone && (
            <button className="primary" aria-disabled={isSending}>
              {isSending ? t.history.revert.undoing : t.history.undo}
            </button>
          )}
          <button type="button" onClick={onClosed}>
            {canBeUndone ? t.history.revert.cancel : t.close}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Preview({ preview, zone }: { preview: DryRun; zone: string }) {
  if (preview.diff.length === 0) {
    return <p>{t.history.revert.nothingLeft}</p>;
  }
  return (
    <>
      {preview.conflicts.length > 0 && <Conflicts {...preview} zone={zone} />}
      <p>{t.history.revert.changes(countsText(preview.changes))}</p>
      <Changes changes={preview.diff} zone={zone} />
    </>
  );
}

interface ConflictsProps {
  conflicts: readonly Conflict[];
  /** The days as they are now. */
  days: readonly Day[];
  zone: string;
}

function Conflicts({ conflicts, days, zone }: ConflictsProps) {
  // A date has one slot at a time, so the slot at that time is the booked one.
  const zoneOf = (date: string, time: string) =>
    days.find((day) => day.date === date)?.timeSlots.find((slot) => slot.time === time)?.timeZone;
  return (
    <div className="error">
      <p>{t.history.revert.conflicts}</p>
      <ul>
        {conflicts.map(({ date, time, status }) => (
          <li key={`${date} ${time}`}>
            {shortDate(date)}, {startName(zone, { time, timeZone: zoneOf(date, time) })}: {t.bookings[status]}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface RevertErrorProps extends Omit<ConflictsProps, "conflicts"> {
  error: Error;
  wasSent: boolean;
  retry: () => void;
}

function RevertError({ error, days, zone, wasSent, retry }: RevertErrorProps) {
  if (error instanceof SlotBooked) {
    return <Conflicts conflicts={error.conflicts} {...{ days, zone }} />;
  }
  const text = wasSent && mayHaveBeenSaved(error) ? t.history.revert.uncertain : revertErrorText(error);
  if (text === undefined) {
    return <ErrorMessage error={error} retry={wasSent ? undefined : retry} />;
  }
  return (
    <div className="error" role="alert">
      <p>{text}</p>
    </div>
  );
}
