import { useState } from "react";
import { Link } from "wouter";
import type { Api, Tutor } from "slotledger-client";
import { Dialog } from "./Dialog";
import { ErrorMessage } from "./ErrorMessage";
import { linkTo } from "./links";
import type { View } from "./links";
import { t } from "./texts";
import { zoneName } from "./time";
import { useAnswer } from "./useAnswer";

interface TutorPickerProps {
  api: Api;
  view: View;
  /** The name of the page's tutor, if there is one. */
  name: string | undefined;
}

/** For admins: a button with the name of the current tutor. It opens a dialog to find another tutor. */
export function TutorPicker({ api, view, name }: TutorPickerProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button aria-haspopup="dialog" onClick={() => setIsOpen(true)}>
        {name === undefined ? t.picker.title : t.picker.current(name)}
      </button>
      {isOpen && <FindTutor api={api} view={view} onClose={() => setIsOpen(false)} />}
    </>
  );
}

const MAX_RESULTS = 20;
/** How long to wait for the next letter before the search. */
const TYPING_MS = 200;

/** A dialog with a search field and the tutors that match. A click on a tutor opens the current view of that tutor. */
function FindTutor({ api, view, onClose }: { api: Api; view: View; onClose: () => void }) {
  const [text, setText] = useState("");
  const q = text.trim();
  const { answer, error, isLoading, reload } = useAnswer("tutors", [q], async (signal) => {
    await new Promise((resolve) => setTimeout(resolve, q === "" ? 0 : TYPING_MS));
    signal.throwIfAborted();
    return { q, ...(await api.tutors.listTutors({ q: q || undefined, limit: MAX_RESULTS, signal })) };
  });
  return (
    <Dialog title={t.picker.title} onClose={onClose}>
      <label className="find">
        {t.picker.field}
        <input
          type="search"
          autoComplete="off"
          maxLength={100}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      {error && <ErrorMessage error={error} retry={reload} />}
      <p role="status" className="small">
        {answer && !error && !isLoading && resultText(answer.q, answer.tutors.length, answer.nextCursor !== null)}
      </p>
      <ul className="found" aria-busy={isLoading}>
        {!error &&
          answer?.tutors.map((tutor) => (
            <li key={tutor.tutorId}>
              <Link href={linkTo(view === "platform" ? "week" : view, tutor.tutorId)} onClick={onClose}>
                {tutor.name}
              </Link>
              <span className="about">{aboutText(tutor)}</span>
            </li>
          ))}
      </ul>
      <div className="buttons">
        <button onClick={onClose}>{t.close}</button>
      </div>
    </Dialog>
  );
}

function resultText(q: string, count: number, hasMore: boolean): string {
  if (hasMore) {
    return t.picker.first(count);
  }
  return count === 0 && q !== "" ? t.picker.none(q) : t.picker.all(count);
}

function aboutText({ externalId, userId, timeZone, active }: Tutor): string {
  return [externalId ?? userId, zoneName(timeZone), !active && t.picker.notActive].filter(Boolean).join(" · ");
}
