import { useId, useState } from "react";
import { useLocation } from "wouter";
import type { Api } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import type { UserIds } from "../labels";
import { linkWith } from "../links";
import { t } from "../texts";
import { dateIn, formatLocale, placeOf } from "../time";
import { Icon } from "../ui/Icon";
import { useAnswer } from "../useAnswer";
import { Evidence, Verdict } from "./Answer";
import { parseLink, parseTime } from "./ask";
import { useWhy } from "./useWhy";
import "./why.css";

interface WhyViewProps {
  api: Api;
  /** Whose time it is, if the address or the viewer says so. */
  tutorId: string | undefined;
  users: UserIds;
  /** Whether bookings can be read. */
  hasBookings: boolean;
  /** The query of the address: `at` is the moment. */
  query: string;
}

/** Why is this time offered, or not? The viewer pastes a link or writes a time, and reads a sentence with its evidence. */
export default function WhyView({ api, tutorId, users, hasBookings, query }: WhyViewProps) {
  const at = new URLSearchParams(query).get("at");
  const [, navigate] = useLocation();
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const id = useId();
  const { answer: tutor } = useAnswer("tutor of", [tutorId], async (signal) =>
    tutorId === undefined ? null : api.tutors.getTutor({ tutorId }, { signal }),
  );

  function ask() {
    const link = parseLink(text);
    const today = dateIn(tutor?.timeZone ?? "UTC", new Date());
    const asked = link ? undefined : parseTime(text, today, { isMonthFirst: formatLocale() === "en-US" });
    const moment = link ? link.at : asked?.time && `${asked.date}T${asked.time}`;
    const whose = link?.tutorId ?? tutorId;
    const message = !moment ? (link ? t.why.noMoment : t.why.notUnderstood) : whose === undefined ? t.why.noTutor : undefined;
    setError(message);
    if (message === undefined) {
      navigate(linkWith("why", { tutor: whose, at: moment }));
    }
  }

  return (
    <section className="why" aria-labelledby="why">
      <h2 id="why">{t.why.title}</h2>
      <form
        className="ask"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <label>
          <span className="hidden">{t.why.field}</span>
          <Icon name="link" />
          <input
            type="text"
            autoComplete="off"
            placeholder={t.why.example}
            value={text}
            aria-invalid={error !== undefined}
            aria-describedby={id}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button>{t.why.ask}</button>
        <p id={id} className={error ? "invalid" : "small"} role={error ? "alert" : undefined}>
          {error ?? (tutor ? t.why.hint(placeOf(tutor.timeZone)) : t.why.noTutor)}
        </p>
      </form>
      {error === undefined && at !== null && tutorId !== undefined && (
        <Found key={`${tutorId} ${at}`} {...{ api, tutorId, at, users, hasBookings }} tutorName={tutor?.name ?? users.tutorName ?? ""} />
      )}
    </section>
  );
}

interface FoundProps extends Omit<WhyViewProps, "query"> {
  tutorId: string;
  at: string;
  tutorName: string;
}

function Found({ api, tutorId, at, users, hasBookings, tutorName }: FoundProps) {
  const { answer, error, isLoading, reload } = useWhy(api, tutorId, at, hasBookings);
  if (error) {
    return <ErrorMessage error={error} retry={reload} />;
  }
  return (
    <article className="card answer" aria-busy={isLoading}>
      <div aria-live="polite">{answer ? <Verdict {...{ users, tutorName }} why={answer} /> : <p>{t.why.loading}</p>}</div>
      {answer && <Evidence {...{ api, tutorId, users }} why={answer} reload={reload} />}
    </article>
  );
}
