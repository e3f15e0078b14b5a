import { useEffect, useRef, useState } from "react";
import { OverlappingSlots, VersionMismatch } from "slotledger-client";
import type { Api } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { slotName } from "../clock";
import { t } from "../texts";
import { shortDate } from "../time";
import type { PutBack } from "./verdict";

interface PutBackNoteProps {
  api: Api;
  tutorId: string;
  zone: string;
  /** The slot as text. */
  when: string;
  putBack: PutBack | null;
  reload: () => void;
}

/** What it means to offer a removed slot again, with the button that does it, or why it can't be done. */
export function PutBackNote({ api, tutorId, zone, when, putBack, reload }: PutBackNoteProps) {
  const [isSending, setIsSending] = useState(false);
  const [error, setError] = useState<Error>();
  const [changeSetId, setChangeSetId] = useState<string | null>();
  const [message, setMessage] = useState("");
  const result = useRef<HTMLParagraphElement>(null);
  useEffect(() => result.current?.focus(), [message]); // the button that had the focus is gone

  /** Send one request, and show the slot as it is then. */
  async function send(request: () => Promise<{ changeSetId: string | null }>, done: string, canBeUndone: boolean) {
    if (isSending) {
      return;
    }
    setIsSending(true);
    setError(undefined);
    try {
      const update = await request();
      setChangeSetId(canBeUndone ? update.changeSetId : undefined);
      setMessage(done);
    } catch (error) {
      setError(error as Error);
    } finally {
      setIsSending(false);
      reload();
    }
  }

  const offer = ({ date, slot, day }: Extract<PutBack, { can: true }>) =>
    send(
      () => api.availability.updateAvailability(tutorId, date, [...day.timeSlots, slot], { version: day.version }),
      t.why.isBack,
      true,
    );
  const undo = (id: string) => send(() => api.availability.revert(tutorId, id), t.why.isUndone, false);

  return (
    <div className="put-back">
      {putBack?.can === true && (
        <div className="note">
          <p>{t.why.putBackMeans(when)}</p>
          <button className="primary" aria-disabled={isSending} onClick={() => void offer(putBack)}>
            {t.why.putBack}
          </button>
        </div>
      )}
      {putBack?.can === false && (
        <p className="note">
          {putBack.because === "past"
            ? t.why.cannot.past
            : t.why.cannot.overlap(`${shortDate(putBack.date)} ${slotName(zone, putBack.date, putBack.with)}`)}
        </p>
      )}
      {error instanceof VersionMismatch || error instanceof OverlappingSlots ? (
        <p role="alert" className="note">
          {t.why.cannot.changed}
        </p>
      ) : (
        error && <ErrorMessage error={error} />
      )}
      <div role="status">
        {message && (
          <p className="note done" ref={result} tabIndex={-1}>
            <span>{message}</span>
            {changeSetId && (
              <button type="button" aria-disabled={isSending} onClick={() => void undo(changeSetId)}>
                {t.why.undo}
              </button>
            )}
          </p>
        )}
      </div>
    </div>
  );
}
