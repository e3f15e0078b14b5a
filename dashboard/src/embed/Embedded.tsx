import { useEffect, useMemo, useRef } from "react";
import { Link, Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { Unauthenticated } from "slotledger-client";
import { ErrorBoundary } from "../ErrorBoundary";
import { placeOf, queryOf } from "../book/search";
import type BookView from "../book/BookView";
import type { Settings } from "../config";
import type LessonsView from "../lessons/LessonsView";
import type { views } from "../views";
import { FOLDER, linkTo, parseAddress } from "../links";
import { bookViewerOf, useMe, usePageTutor } from "../people";
import { t } from "../texts";
import { UserId, reloadAnswers } from "../useAnswer";
import { claimsOf } from "../viewer";
import { Embedding } from "./embedding";
import type { BookerEvent } from "./embedding";
import "./embed.css";

interface EmbeddedProps {
  /** The two views. In the dashboard, their code is loaded when they are opened. */
  views: Pick<typeof views, "BookView" | "LessonsView"> | { BookView: typeof BookView; LessonsView: typeof LessonsView };
  settings: Settings;
  /** The token of the page around the booker. Null is a visitor. */
  token: string | null;
  /** What to show first: the query of an address of the booker. If it names a tutor, no others are offered. */
  query: string;
  report: (event: BookerEvent) => void;
}

/**
 * The booker and the student's own lessons, as a part of another page. The address of what is open is kept here: the
 * address of the other page and its way back stay as they are. Links lead to the same on the dashboard's own page.
 */
export function Embedded({ query, report, ...props }: EmbeddedProps) {
  const first = linkTo("book", undefined, queryOf(placeOf(query)));
  const location = useMemo(() => memoryLocation({ path: first }), [first]);
  return (
    <Embedding value={report}>
      <Router key={first} hook={location.hook} hrefs={(href) => new URL(`.${href}`, FOLDER).href}>
        <div className="embedded">
          <ErrorBoundary>
            <Views {...props} useQuery={location.searchHook} usePath={location.hook} onlyTutorId={placeOf(query).tutorId} />
          </ErrorBoundary>
        </div>
      </Router>
    </Embedding>
  );
}

interface ViewsProps extends Pick<EmbeddedProps, "views" | "settings" | "token"> {
  usePath: () => [string, ...unknown[]];
  useQuery: () => string;
  /** The tutor whom the page is about. If it is null, all tutors can be searched. */
  onlyTutorId: string | null;
}

function Views({ views: { BookView, LessonsView }, settings, token, usePath, useQuery, onlyTutorId }: ViewsProps) {
  const [path] = usePath();
  const { view, query, tutorId = onlyTutorId } = parseAddress(`${path}?${useQuery()}`);
  const viewer = useGuest(settings, token);
  const { api, isSignedIn, userId } = viewer;
  const me = useMe(viewer);
  const tutor = usePageTutor(viewer, tutorId ?? undefined, view === "book");
  const { isStudent, isKnown, unknown } = bookViewerOf(viewer, me, tutor);
  const isRefused = me.error instanceof Unauthenticated;
  const hasSearch = settings.hasSearch && onlyTutorId === null;
  const links = [
    { href: linkTo("book"), name: hasSearch ? t.views.book : t.views.free, isCurrent: view !== "lessons" },
    { href: linkTo("lessons"), name: t.views.lessons, isCurrent: view === "lessons" },
  ];
  if (!hasSearch && tutorId === null) {
    return <p>{t.noTutor.add}</p>;
  }
  return (
    <UserId value={userId}>
      <div className="embedded-top">
        {isStudent ? (
          <nav aria-label={t.bar.views} className="segments">
            {links.map(({ href, name, isCurrent }) => (
              <Link key={href} href={href} aria-current={isCurrent ? "page" : undefined}>
                {name}
              </Link>
            ))}
          </nav>
        ) : (
          <p role="status">
            {isRefused
              ? t.book.embedded.signedOut
              : !isSignedIn && settings.hasBookings && t.book.embedded.signIn}
          </p>
        )}
      </div>
      {view === "lessons" && isSignedIn ? (
        <LessonsView key={userId} {...{ api, query }} />
      ) : (
        <BookView
          key={userId}
          {...{ api, query, tutor, isStudent, isKnown, isSignedIn, hasSearch }}
          unknown={isRefused ? undefined : unknown}
          {...{ tags: settings.tags, tutors: settings.tutors, tutorId: onlyTutorId }}
        />
      )}
    </UserId>
  );
}

/** Return the viewer whose token the page around the booker has handed over. */
function useGuest(settings: Settings, token: string | null) {
  const current = useRef(token);
  current.current = token;
  const api = useMemo(() => settings.createApi(() => current.current), [settings]);
  const claims = token === null ? null : claimsOf(token);
  const [userId, isAdmin] = [claims?.sub ?? null, claims?.app_metadata?.role === "admin"];
  const earlier = useRef({ token, userId });
  useEffect(() => {
    if (earlier.current.token !== token && earlier.current.userId === userId) {
      void reloadAnswers(); // the token was renewed, perhaps after a request was refused. Other users get their own answers
    }
    earlier.current = { token, userId };
  }, [token]);
  return {
    ...{ api, userId, isAdmin, role: null, tutorsUserId: userId },
    isSignedIn: token !== null,
    mayBook: settings.hasBookings && token !== null && !isAdmin,
  };
}
