import { useDeferredValue, useEffect, useRef, useState } from "react";
import { Boundary } from "./Boundary";
import { SignIn } from "./SignIn";
import { StudentView } from "./StudentView";
import { Trouble } from "./Trouble";
import { VIEWS, addressOf, useAddress } from "./address";
import type { View } from "./address";
import { readConfig } from "./config";
import type { Setting, Tutor } from "./config";
import { useRequest } from "./useRequest";
import { ROLES, useViewer } from "./viewer";
import type { Role, Viewer } from "./viewer";
import { views } from "./views";
import type { Draft, DraftStore } from "./week/draft";
import { shortId } from "./labels";

const VIEW_NAMES: Record<View, string> = {
  week: "Week",
  history: "History",
  statistics: "Statistics",
  free: "What students see",
  platform: "All tutors",
};
const ROLE_NAMES: Record<Role, string> = { tutor: "the tutor", admin: "support (admin)", student: "a student" };

/** The page: it says who is looking at whose availability, and has the views of it. */
export function App() {
  const { answer, error, again } = useRequest("config", readConfig);
  const setting = useDeferredValue(answer); // which waits until the view is loaded
  if (setting) {
    return <Dashboard setting={setting} />;
  }
  return (
    <>
      <header>
        <h1>Slotledger</h1>
      </header>
      <main>{error && <Trouble error={error} again={again} />}</main>
    </>
  );
}

function Dashboard({ setting }: { setting: Setting }) {
  const address = useAddress();
  const lastTutorId = useRef(setting.tutors[0]?.tutorId); // to come back to from all tutors
  const tutorId = address.tutorId ?? lastTutorId.current;
  useEffect(() => {
    lastTutorId.current = tutorId;
  }, [tutorId]);
  const viewer = useViewer(setting, tutorId);
  const view = address.view ?? (viewer.isSignedIn ? "week" : "free");
  const drafts = useDrafts();
  const key = `${viewer.userId} ${tutorId}`; // of others who sign in here, it is no business
  const draft = { get: () => drafts.of(key), set: (next: Draft) => drafts.set(key, next) };
  useEffect(() => {
    document.title = `${view === "free" ? "Free times" : VIEW_NAMES[view]} – Slotledger`;
  }, [view]);
  return (
    <>
      <header>
        <h1>Slotledger</h1>
        <div className="who">
          {setting.tutors.length > 0 && view !== "platform" && (
            <label>
              Tutor{" "}
              <select value={tutorId} onChange={(event) => (location.hash = addressOf(event.target.value, view))}>
                {!setting.tutors.some((tutor) => tutor.tutorId === tutorId) && (
                  <option value={tutorId}>{shortId(tutorId!)}</option>
                )}
                {setting.tutors.map(({ tutorId: id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Who viewer={viewer} signInAt={addressOf(tutorId, "week")} />
        </div>
      </header>
      <Views viewer={viewer} tutorId={tutorId} current={view} isUnsaved={isUnsaved(draft.get())} />
      <main>
        <Boundary key={`${key} ${view}`}>
          <Shown {...{ view, viewer, tutorId, draft }} tutors={setting.tutors} />
        </Boundary>
      </main>
    </>
  );
}

/** What isn't saved yet, by who edits whom. */
interface Drafts {
  of(key: string): Draft | undefined;
  set(key: string, draft: Draft): void;
}

/** Keeps drafts, whatever is looked at meanwhile; leaving the page is asked about. */
function useDrafts(): Drafts {
  // Beside the state, so that whoever had to wait for an answer finds the draft as it is by then.
  const drafts = useRef(new Map<string, Draft>());
  const [, setEdits] = useState(0);
  const isAnyUnsaved = [...drafts.current.values()].some(isUnsaved);
  useEffect(() => {
    if (isAnyUnsaved) {
      const ask = (event: BeforeUnloadEvent) => event.preventDefault();
      addEventListener("beforeunload", ask);
      return () => removeEventListener("beforeunload", ask);
    }
  }, [isAnyUnsaved]);
  return {
    of: (key) => drafts.current.get(key),
    set(key, draft) {
      drafts.current.set(key, draft);
      setEdits((before) => before + 1);
    },
  };
}

function isUnsaved(draft: Draft | undefined): boolean {
  return draft !== undefined && draft.wanted.size > 0;
}

/** As whom the page is looked at. */
function Who({ viewer, signInAt }: { viewer: Viewer; signInAt: string }) {
  if (viewer.role !== null) {
    return (
      <label>
        Look as{" "}
        <select value={viewer.role} onChange={(event) => viewer.setRole(event.target.value as Role)}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {ROLE_NAMES[role]}
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

interface ViewsProps {
  viewer: Viewer;
  tutorId: string | undefined;
  current: View;
  isUnsaved: boolean;
}

function Views({ viewer, tutorId, current, isUnsaved }: ViewsProps) {
  if (!viewer.isSignedIn) {
    return null;
  }
  return (
    <nav aria-label="Views">
      {VIEWS.filter((view) => view !== "platform" || viewer.isAdmin).map((view) => (
        <a key={view} href={addressOf(tutorId, view)} aria-current={view === current ? "page" : undefined}>
          {VIEW_NAMES[view]}
          {view === "week" && isUnsaved && " (not saved)"}
        </a>
      ))}
    </nav>
  );
}

/** As a student, or as a tutor whose token the demo hasn't got. */
function NotInTheDemo() {
  return (
    <section aria-labelledby="not-shown">
      <h2 id="not-shown">Not for everybody</h2>
      <p>In the demo, look at this tutor as support: choose “{ROLE_NAMES.admin}” under “Look as”.</p>
    </section>
  );
}

interface ShownProps {
  view: View;
  viewer: Viewer;
  tutorId: string | undefined;
  draft: DraftStore;
  tutors: readonly Tutor[];
}

function Shown({ view, viewer, tutorId, draft, tutors }: ShownProps) {
  const { WeekView, HistoryView, StatisticsView, PlatformView } = views;
  if (view !== "free" && !viewer.isSignedIn) {
    return viewer.role === null ? <SignIn onToken={viewer.setToken} /> : <NotInTheDemo />;
  }
  if (view === "platform") {
    return <PlatformView api={viewer.api} tutors={tutors} />;
  }
  if (tutorId === undefined) {
    return <p>No tutor is named: the address of a tutor's page ends with #/ and their id.</p>;
  }
  const shown = { api: viewer.api, tutorId };
  const known = { viewer: viewer.userId, tutor: viewer.tutorsUserId };
  switch (view) {
    case "week":
      return <WeekView {...shown} isAdmin={viewer.isAdmin} store={draft} />;
    case "history":
      return <HistoryView {...shown} known={known} />;
    case "statistics":
      return <StatisticsView {...shown} known={known} />;
    case "free":
      return <StudentView {...shown} />;
  }
}
