import { useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import type { Api, Booking } from "slotledger-client";
import { activeHolds, countdown, isPast, leftMs, stageOf, together } from "../booking/holds";
import { Ring, useServerNow } from "../book/Countdown";
import { queryOf, placeOf } from "../book/search";
import { useBooking } from "../book/useBooking";
import { lessonName } from "../book/labels";
import { ErrorMessage } from "../ErrorMessage";
import { linkTo } from "../links";
import { serverNow } from "../serverClock";
import { t } from "../texts";
import { dateIn } from "../time";
import { ZoneChoice } from "../ui/ZoneChoice";
import { useAnswer } from "../useAnswer";
import { useZone } from "../zone";
import { LessonRow } from "./LessonRow";
import "../book/book.css";
import "./lessons.css";

const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

/** The student's lessons: holds first, then the next ones, and the past ones below. */
export default function LessonsView({ api, query }: { api: Api; query: string }) {
  const zone = useZone();
  const [, navigate] = useLocation();
  const booker = useBooking(api, true);
  const { bookings, outcome } = booker;
  const now = serverNow();
  const today = dateIn(zone, new Date());
  const holds = activeHolds(bookings, now);
  const next = bookings.filter((booking) => !isPast(booking, now) && (stageOf(booking, now) === "booked" || isCancelledByOthers(booking)));
  const params = new URLSearchParams(query);
  const view = useRef<HTMLElement>(null);
  const opener = useRef("");
  useEffect(() => {
    // Move the focus to what was opened. When it is closed, move it back to the button, or to the top if that is gone.
    const opened = view.current!.querySelector<HTMLElement>(".inline [data-focus]");
    if (opened) {
      opened.focus();
      opened.parentElement!.scrollIntoView({ block: "nearest" });
    } else if (document.activeElement === document.body && opener.current !== "") {
      const root = view.current!.getRootNode() as Document | ShadowRoot;
      (root.getElementById(opener.current) ?? view.current!.querySelector("h2"))!.focus();
    }
  }, [query, outcome.said]);

  /** Open what the student wants to do with a lesson, or close it. */
  function open(action: "cancel" | "move" | null, booking?: Booking) {
    if (action !== null) {
      booker.setOutcome({});
      opener.current = `${action}-${booking!.bookingId}`;
    }
    navigate(linkTo("lessons", undefined, action && booking ? `${action}=${booking.bookingId}` : ""), {
      replace: action === null,
    });
  }

  const row = { api, booker, zone, today, open };
  return (
    <section ref={view} className="my-lessons" aria-labelledby="lessons" aria-busy={booker.isLoading}>
      <header>
        <h2 id="lessons" tabIndex={-1}>
          {t.lessons.title}
        </h2>
        <ZoneChoice />
      </header>
      {booker.error && <ErrorMessage error={booker.error} retry={booker.reload} />}
      {holds.map((hold) => (
        <HoldCard key={hold.bookingId} hold={hold} {...{ booker, zone, today }} />
      ))}
      {next.length > 0 ? (
        <ul className="card lessons">
          {next.map((booking) => (
            <LessonRow
              key={booking.bookingId}
              {...row}
              booking={booking}
              action={(["cancel", "move"] as const).find((name) => params.get(name) === booking.bookingId)}
            />
          ))}
        </ul>
      ) : (
        !booker.error && (
          <div className="card no-lessons">
            <p>{booker.hasLoaded ? t.lessons.none : t.loading}</p>
            {booker.hasLoaded && (
              <Link className="button" href={linkTo("book")}>
                {t.lessons.find}
              </Link>
            )}
          </div>
        )
      )}
      <Earlier {...row} />
      <div className="floating">
        <p role="status" className="said">
          {outcome.said}
        </p>
      </div>
    </section>
  );
}

/** A slot that is held, with its countdown. A press opens the step in which it is confirmed. */
function HoldCard({ hold, booker, zone, today }: Pick<Parameters<typeof LessonRow>[0], "booker" | "zone" | "today"> & { hold: Booking }) {
  const now = useServerNow();
  const [, navigate] = useLocation();
  const all = together(hold, booker.bookings);
  const texts = t.book.step;
  const name = lessonName(hold, zone, today);
  const isOver = stageOf(hold, now) !== "held";
  useEffect(() => {
    if (isOver) {
      booker.reload();
    }
  }, [isOver]);
  return (
    <div className="first mine" role="group" aria-label={`${texts.held}: ${name}`}>
      <Ring booking={hold} now={now} />
      <div>
        <strong>{name}</strong>
        <span className="note">{t.lessons.heldFor(countdown(leftMs(hold, now)))}</span>
      </div>
      {booker.outcome.bookingId === hold.bookingId && booker.outcome.error && <ErrorMessage error={booker.outcome.error} />}
      <div className="act">
        <button
          className="primary"
          aria-disabled={booker.isBusy}
          onClick={async () => {
            const confirmed = await booker.confirm(hold, all);
            if (confirmed) {
              const { tutorId, bookingId } = confirmed;
              navigate(linkTo("book", undefined, queryOf({ ...placeOf(""), tutorId, bookingId })));
            }
          }}
        >
          {all.length > 1 ? texts.confirmAll(all.length) : texts.confirm}
        </button>
        <button aria-disabled={booker.isBusy} onClick={() => void booker.cancel(hold, all, texts.released(name))}>
          {all.length > 1 ? texts.letGoAll : texts.letGo}
        </button>
      </div>
    </div>
  );
}

/** The lessons of the past year, behind a line that says how many there are. */
function Earlier({ api, ...row }: Omit<Parameters<typeof LessonRow>[0], "booking" | "action">) {
  const { answer } = useAnswer("earlier bookings", [], async (signal) => {
    const span = { from: new Date(serverNow() - YEAR_MS).toISOString(), to: new Date(serverNow()).toISOString() };
    return (await api.bookings.list({ studentId: "me" }, { ...span, limit: 200, signal })).bookings;
  });
  const earlier = (answer ?? []).filter((booking) => isPast(booking, serverNow()) && stageOf(booking, serverNow()) === "booked").reverse();
  return earlier.length === 0 ? null : (
    <details className="earlier">
      <summary>{t.lessons.earlier(earlier.length)}</summary>
      <ul className="card lessons">
        {earlier.map((booking) => (
          <LessonRow key={booking.bookingId} {...row} {...{ api, booking }} />
        ))}
      </ul>
    </details>
  );
}

/** Return whether the tutor or support has cancelled a booking, so that the student has to know. */
function isCancelledByOthers({ status, movedTo, releasedBy }: Booking): boolean {
  return status === "CANCELLED" && movedTo === null && releasedBy !== "self";
}
