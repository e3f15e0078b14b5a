import { ErrorMessage } from "./ErrorMessage";
import { SignIn } from "./SignIn";
import type { Settings } from "./config";
import type { View } from "./links";
import { bookViewerOf } from "./people";
import type { Me, PageTutor } from "./people";
import { t } from "./texts";
import type { UsualDraftStore } from "./usual/draft";
import { roleName } from "./viewer";
import type { Viewer } from "./viewer";
import { views } from "./views";
import type { DraftStore } from "./week/draft";

interface CurrentViewProps {
  view: View | undefined;
  /** The query of the address. */
  query: string;
  settings: Settings;
  viewer: Viewer;
  me: Me;
  tutorId: string | undefined;
  tutor: PageTutor;
  /** Whether the view `book` is the search of all tutors, and not the free times of one. */
  isSearch: boolean;
  draftStore: DraftStore;
  usualStore: UsualDraftStore;
}

/** The view of the address, or what the viewer has to do first: sign in, or choose a tutor. */
export function CurrentView(props: CurrentViewProps) {
  const { view, viewer, me, tutorId, tutor, settings, draftStore, usualStore } = props;
  const { hasBookings, hasSchedules, hasSearch, tags, tutors } = settings;
  const { WeekView, UsualView, HistoryView, WhyView, StatisticsView, BookView, LessonsView, PlatformView } = views;
  const { api, isSignedIn, isAdmin } = viewer;
  if (view === "book" && (props.isSearch || tutorId !== undefined)) {
    const who = { ...bookViewerOf(viewer, me, tutor), api, isSignedIn, tutor };
    return <BookView key={viewer.userId} {...who} tutorId={props.isSearch ? null : tutorId!} {...{ tags, tutors, hasSearch }} query={props.query} />;
  }
  if (view !== "book" && view !== undefined && !isSignedIn) {
    return viewer.role === null ? <SignIn onToken={viewer.setToken} /> : <NotInTheDemo />;
  }
  if (view === "platform") {
    return <PlatformView api={api} query={props.query} />;
  }
  if (view === "lessons") {
    return <LessonsView key={viewer.userId} api={api} query={props.query} />;
  }
  const users = { viewer: viewer.userId, tutor: tutor.userId, tutorName: tutor.name };
  if (view === "why") {
    return <WhyView {...{ api, tutorId, users, hasBookings }} query={props.query} />;
  }
  if (view === undefined || view === "sign-in" || tutorId === undefined) {
    return <NoTutor me={me} />;
  }
  const common = { api, tutorId };
  switch (view) {
    case "week":
      return <WeekView {...common} {...{ hasBookings, hasSchedules, isAdmin }} store={draftStore} query={props.query} />;
    case "usual":
      return <UsualView {...common} isAdmin={isAdmin} store={usualStore} query={props.query} />;
    case "history":
      return <HistoryView {...common} users={users} query={props.query} />;
    case "statistics":
      return <StatisticsView {...common} users={{ ...users, tutorName: undefined }} />;
  }
}

/** A message in place of the views of a tutor for whom the demo has no token. */
function NotInTheDemo() {
  return (
    <section aria-labelledby="not-shown">
      <h2 id="not-shown">{t.noTutor.notInTheDemo}</h2>
      <p>{t.noTutor.lookAsSupport(roleName("admin"))}</p>
    </section>
  );
}

/** What to do if the address has no tutor, and the viewer isn't one. */
function NoTutor({ me: { face, error } }: { me: Me }) {
  if (error) {
    return <ErrorMessage error={error} />;
  }
  if (face === undefined || face === "tutor") {
    return <p>{t.loading}</p>;
  }
  return <p>{face === "support" ? t.noTutor.choose : t.noTutor.add}</p>;
}
