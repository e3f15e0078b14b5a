import { useDeferredValue, useEffect, useRef, useState } from "react";
import { TutorNotFound } from "slotledger-client";
import type { Api } from "slotledger-client";
import { ErrorBoundary } from "./ErrorBoundary";
import { SignIn } from "./SignIn";
import { StudentView } from "./StudentView";
import { TutorPicker } from "./TutorPicker";
import { ErrorMessage } from "./ErrorMessage";
import { VIEWS, addressOf, useAddress } from "./address";
import type { View } from "./address";
import { readConfig } from "./config";
import type { Settings } from "./config";
import { useRequest } from "./useRequest";
import { useViewer, visibleView } from "./viewer";
import type { Role, Viewer } from "./viewer";
import { views } from "./views";
import type { Draft, DraftStore } from "./week/draft";
import { isUsualUnsaved } from "./usual/draft";
import type { UsualDraftStore } from "./usual/draft";
import { shortId } from "./labels";

const VIEW_NAMES: Record<View, string> = {
  week: "Week",
  usual: "Usual week",
  history: "History",
  statistics: "Statistics",
  free: "What students see",
  find: "Any tutor",
  platform: "All tutors",
};

/** Return the name of a choice of "Look as". */
function roleName(role: Role): string {
  const names: Record<string, string> = { tutor: "the tutor", admin: "support (admin)", visitor: "a visitor" };
  return names[role] ?? `${role.replace("student ", "")}, a student`;
}

/** The page: choices of the tutor and the viewer, links to the views, and the current view. */
export function App() {
  const { answer, error, reload } = useRequest("config", readConfig);
  const settings = useDeferredValue(answer); // wait for the code of the first view before the page is shown
  if (settings) {
    return <Dashboard settings={settings} />;
  }
  return (
    <>
      <header>
        <h1>Slotledger</h1>
      </header>
      <main>{error && <ErrorMessage error={error} retry={reload} />}</main>
    </>
  );
}

function Dashboard({ settings }: { settings: Settings }) {
  const address = useAddress();
  const lastTutorId = useRef(settings.tutors[0]?.tutorId); // for the links in "All tutors": its address has no tutor
  const tutorId = address.tutorId ?? lastTutorId.current;
  useEffect(() => {
    lastTutorId.current = tutorId;
  }, [tutorId]);
  const viewer = useViewer(settings, tutorId);
  const tutor = useTutor(viewer, tutorId);
  const wanted = address.view === "find" && !settings.hasSearch ? "free" : address.view;
  const view = visibleView(wanted, { ...viewer, isStudent: tutor.isStudent });
  // Without a tutor, the page can't tell students and tutors apart. Tutors come from a page of their own.
  const isStudent = view === "find" && tutorId === undefined ? viewer.mayBook : tutor.isStudent;
  // The key has the user's id, so that the next user of the tab doesn't see the draft.
  const key = `${viewer.userId} ${tutorId}`;
  const draftStore = useDrafts(key, isUnsaved);
  const usualStore = useDrafts(key, isUsualUnsaved);
  useEffect(() => {
    document.title = `${view === "free" ? "Free times" : VIEW_NAMES[view]} – Slotledger`;
  }, [view]);
  return (
    <>
      <header>
        <h1>Slotledger</h1>
        <div className="viewer">
          {viewer.isAdmin && (
            <TutorPicker api={viewer.api} view={view} name={view === "platform" ? undefined : tutor.name} />
          )}
          {settings.tutors.length > 0 && view !== "platform" && view !== "find" && (viewer.role !== null || !viewer.isAdmin) && (
            <label>
              Tutor{" "}
              <select value={tutorId} onChange={(event) => (location.hash = addressOf(event.target.value, view))}>
                {!settings.tutors.some((tutor) => tutor.tutorId === tutorId) && (
                  <option value={tutorId}>{shortId(tutorId!)}</option>
                )}
                {settings.tutors.map(({ tutorId: id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          <ViewerControl viewer={viewer} signInAt={addressOf(tutorId, "week")} />
        </div>
      </header>
      <Navigation
        {...{ viewer, tutorId, isStudent }}
        current={view === "find" ? "free" : view}
        hasSchedules={settings.hasSchedules}
        unsaved={{ week: isUnsaved(draftStore.get()), usual: isUsualUnsaved(usualStore.get()) }}
      />
      {settings.hasSearch && tutorId !== undefined && (view === "free" || view === "find") && (
        <WhoseTimes {...{ tutorId, view }} />
      )}
      <main>
        <ErrorBoundary key={`${key} ${view}`}>
          <CurrentView
            {...{ view, viewer, tutorId, draftStore, usualStore }}
            tutor={{ ...tutor, isStudent }}
            query={address.query ?? ""}
            tags={settings.tags}
            hasBookings={settings.hasBookings}
            hasSchedules={settings.hasSchedules}
          />
        </ErrorBoundary>
      </main>
      {settings.reference !== null && (
        <footer>
          For developers: <a href={settings.reference}>the API reference</a>
        </footer>
      )}
    </>
  );
}

/** What the page knows about its tutor. */
interface PageTutor {
  /** The name, for admins. Until it is loaded, it is the end of the tutor's id. Without a tutor, it is undefined. */
  name?: string;
  userId: string | null;
  /** Whether the viewer is a student of this tutor. It is false until the tutor is loaded. */
  isStudent: boolean;
}

/** Load the page's tutor, for admins and for those who may be students. */
function useTutor(viewer: Viewer, tutorId: string | undefined): PageTutor {
  const isNeeded = viewer.isAdmin || viewer.mayBook;
  const { answer, isLoading } = useRequest(`${viewer.userId} ${isNeeded} ${tutorId}`, async (signal) =>
    isNeeded && tutorId !== undefined ? viewer.api.tutors.getTutor({ tutorId }, { signal }) : undefined,
  );
  const tutor = isLoading ? undefined : answer;
  return {
    name: tutor?.name ?? (tutorId && shortId(tutorId)),
    userId: tutor?.userId ?? viewer.tutorsUserId,
    isStudent: viewer.mayBook && tutor !== undefined && tutor.userId === undefined, // others get the tutor's user id
  };
}

/**
 * Keep the drafts of this tab, by viewer and tutor, while other views are open. While any draft is unsaved, warn before
 * the page is left. Return the store of the draft with this key.
 */
function useDrafts<T>(key: string, isUnsaved: (draft: T | undefined) => boolean) {
  // Use a ref in place of a state, so that code that has awaited an answer reads the current draft.
  const drafts = useRef(new Map<string, T>());
  const [, setChangeCount] = useState(0);
  const isAnyUnsaved = [...drafts.current.values()].some(isUnsaved);
  useEffect(() => {
    if (isAnyUnsaved) {
      const warn = (event: BeforeUnloadEvent) => event.preventDefault();
      addEventListener("beforeunload", warn);
      return () => removeEventListener("beforeunload", warn);
    }
  }, [isAnyUnsaved]);
  return {
    get: () => drafts.current.get(key),
    set(draft: T) {
      drafts.current.set(key, draft);
      setChangeCount((count) => count + 1);
    },
  };
}

function isUnsaved(draft: Draft | undefined): boolean {
  return draft !== undefined && draft.edits.size > 0;
}

/** In the demo, the choice "Look as". Outside the demo, the link to sign in or the button to sign out. */
function ViewerControl({ viewer, signInAt }: { viewer: Viewer; signInAt: string }) {
  if (viewer.role !== null) {
    return (
      <label>
        Look as{" "}
        <select value={viewer.role} onChange={(event) => viewer.setRole(event.target.value as Role)}>
          {viewer.roles.map((role) => (
            <option key={role} value={role}>
              {roleName(role)}
            </option>
          ))}
        </select>
      </label>
    );
  }
  return viewer.isSignedIn ? (
    <button onClick={() => viewer.setToken(null)}>Sign out</button>
  ) : (
    <a href={signInAt}>Sign in</a>
  );
}

interface NavigationProps {
  viewer: Viewer;
  isStudent: boolean;
  tutorId: string | undefined;
  current: View;
  hasSchedules: boolean;
  /** Whether the draft of a view is unsaved. */
  unsaved: Partial<Record<View, boolean>>;
}

function Navigation({ viewer, isStudent, tutorId, current, hasSchedules, unsaved }: NavigationProps) {
  if (!viewer.isSignedIn || isStudent || viewer.role?.startsWith("student ")) {
    return null;
  }
  return (
    <nav aria-label="Views">
      {VIEWS.filter(
        (view) => view !== "find" && (view !== "platform" || viewer.isAdmin) && (view !== "usual" || hasSchedules),
      ).map((view) => (
        <a key={view} href={addressOf(tutorId, view)} aria-current={view === current ? "page" : undefined}>
          {VIEW_NAMES[view]}
          {unsaved[view] && " (not saved)"}
        </a>
      ))}
    </nav>
  );
}

/** Links to the free times of the page's tutor and of all tutors. */
function WhoseTimes({ tutorId, view }: { tutorId: string; view: View }) {
  const link = (to: View, text: string) => (
    <a href={addressOf(tutorId, to)} aria-current={view === to ? "page" : undefined}>
      {text}
    </a>
  );
  return (
    <nav aria-label="Free times">
      {link("free", "This tutor")}
      {link("find", VIEW_NAMES.find)}
    </nav>
  );
}

/** A message in place of the views of a tutor for whom the demo has no token. */
function NotInTheDemo() {
  return (
    <section aria-labelledby="not-shown">
      <h2 id="not-shown">This tutor isn't part of the demo</h2>
      <p>Look at this tutor as support: choose “{roleName("admin")}” under “Look as”.</p>
    </section>
  );
}

interface OwnTutorProps {
  api: Api;
  view: View;
  isSignedIn: boolean;
  isAdmin: boolean;
}

/** If the address has no tutor: open the page of the tutor who is signed in. For others, say what to do. */
function OwnTutor({ api, view, isSignedIn, isAdmin }: OwnTutorProps) {
  const { answer, error, isLoading } = useRequest("me", async (signal) =>
    isSignedIn ? api.tutors.getMe({ signal }) : undefined,
  );
  useEffect(() => {
    if (answer) {
      location.replace(addressOf(answer.tutorId, view));
    }
  }, [answer]);
  if (error && !(error instanceof TutorNotFound)) {
    return <ErrorMessage error={error} />;
  }
  if (isLoading || answer) {
    return <p>Loading …</p>;
  }
  return isAdmin ? (
    <p>Choose a tutor under “Find a tutor”.</p>
  ) : (
    <p>The address has no tutor. Add #/ and the tutor's id to the address.</p>
  );
}

interface CurrentViewProps {
  view: View;
  query: string;
  tags: readonly string[];
  viewer: Viewer;
  tutorId: string | undefined;
  draftStore: DraftStore;
  usualStore: UsualDraftStore;
  tutor: PageTutor;
  hasBookings: boolean;
  hasSchedules: boolean;
}

function CurrentView(props: CurrentViewProps) {
  const { view, viewer, tutorId, tutor, draftStore, usualStore, hasBookings, hasSchedules } = props;
  const { WeekView, UsualView, HistoryView, StatisticsView, FindView, PlatformView } = views;
  if (view === "find") {
    const { api, isSignedIn } = viewer;
    const { query, tags } = props;
    return <FindView key={viewer.userId} {...{ api, isSignedIn, query, tags }} isStudent={tutor.isStudent} />;
  }
  if (view !== "free" && !viewer.isSignedIn) {
    return viewer.role === null ? <SignIn onToken={viewer.setToken} /> : <NotInTheDemo />;
  }
  if (view === "platform") {
    return <PlatformView api={viewer.api} />;
  }
  if (tutorId === undefined) {
    return <OwnTutor api={viewer.api} view={view} isSignedIn={viewer.isSignedIn} isAdmin={viewer.isAdmin} />;
  }
  const common = { api: viewer.api, tutorId };
  const users = { viewer: viewer.userId, tutor: tutor.userId };
  switch (view) {
    case "week":
      return (
        <WeekView {...common} {...{ hasBookings, hasSchedules }} isAdmin={viewer.isAdmin} store={draftStore} />
      );
    case "usual":
      return <UsualView {...common} isAdmin={viewer.isAdmin} store={usualStore} />;
    case "history":
      return <HistoryView {...common} users={users} />;
    case "statistics":
      return <StatisticsView {...common} users={users} />;
    case "free":
      return <StudentView key={viewer.userId} {...common} isStudent={tutor.isStudent} />;
  }
}
