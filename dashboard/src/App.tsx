import { useDeferredValue, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { useSearch } from "wouter/use-browser-location";
import { CurrentView } from "./CurrentView";
import { ErrorBoundary } from "./ErrorBoundary";
import { ErrorMessage } from "./ErrorMessage";
import { TutorPicker } from "./TutorPicker";
import { readConfig } from "./config";
import type { Settings } from "./config";
import { shortId } from "./labels";
import { linkTo, parseAddress } from "./links";
import type { Address, View } from "./links";
import { useMe, usePageTutor } from "./people";
import { useDrafts } from "./useDrafts";
import { UserId, useAnswer } from "./useAnswer";
import { isUsualUnsaved } from "./usual/draft";
import { roleName, useViewer, viewsOf, visibleView } from "./viewer";
import type { Role, Viewer } from "./viewer";
import type { Draft } from "./week/draft";

const VIEW_NAMES: Record<View, string> = {
  book: "Find",
  lessons: "My lessons",
  week: "Week",
  usual: "Usual week",
  history: "History",
  statistics: "Insights",
  platform: "Platform",
  "sign-in": "Sign in",
};

/** The page: choices of the tutor and the viewer, links to the views, and the current view. */
export function App() {
  const { answer, error, reload } = useAnswer("config", [], readConfig);
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
  const [, navigate] = useLocation();
  const lastTutorId = useRef(settings.tutors[0]?.tutorId); // for addresses without a tutor
  const viewer = useViewer(settings, address.tutorId ?? lastTutorId.current);
  const me = useMe(viewer);
  const tutorId = address.tutorId ?? me.tutorId ?? lastTutorId.current;
  useEffect(() => {
    lastTutorId.current = tutorId;
  }, [tutorId]);
  const tutor = usePageTutor(viewer, tutorId);
  const view = visibleView(address.view, { ...viewer, face: me.face });
  const isSearch = view === "book" && address.tutorId === undefined && settings.hasSearch;
  // The key has the user's id, so that the next user of the tab doesn't see the draft.
  const key = `${viewer.userId} ${tutorId}`;
  const draftStore = useDrafts(key, isUnsaved);
  const usualStore = useDrafts(key, isUsualUnsaved);
  useEffect(() => {
    document.title = view === undefined ? "Slotledger" : `${view === "book" && !isSearch ? "Free times" : VIEW_NAMES[view]} – Slotledger`;
  }, [view, isSearch]);
  useEffect(() => {
    if (view !== undefined && view !== address.view && (address.view === undefined || address.view === "sign-in")) {
      navigate(linkTo(view, address.tutorId, address.query), { replace: true });
    }
  }, [view, address.view]);
  // Tutors need no id in the addresses of their own views. In the demo, the address says which tutor's they are.
  const linkedTutorId = me.face !== "student" && (viewer.isAdmin || viewer.role !== null) ? tutorId : undefined;
  return (
    <>
      <header>
        <h1>Slotledger</h1>
        <div className="viewer">
          {viewer.isAdmin && (
            <TutorPicker api={viewer.api} view={view ?? "history"} name={view === "platform" ? undefined : tutor.name} />
          )}
          {settings.tutors.length > 0 && view !== "platform" && !isSearch && (viewer.role !== null || !viewer.isAdmin) && (
            <label>
              Tutor{" "}
              <select value={tutorId} onChange={(event) => navigate(linkTo(view, event.target.value))}>
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
          <ViewerControl viewer={viewer} signInAt={linkTo("sign-in", address.tutorId)} />
        </div>
      </header>
      {viewer.isSignedIn && (
        <nav aria-label="Views" className="views">
          {me.face && viewsOf(me.face, settings).map((each) => (
            <Link key={each} href={linkTo(each, linkedTutorId)} aria-current={each === view ? "page" : undefined}>
              {VIEW_NAMES[each]}
              {{ week: isUnsaved(draftStore.get()), usual: isUsualUnsaved(usualStore.get()) }[each as string] && " (not saved)"}
            </Link>
          ))}
          {me.face && me.face !== "student" && tutorId !== undefined && (
            <Link href={linkTo("book", tutorId)} aria-current={view === "book" ? "page" : undefined}>
              What students see
            </Link>
          )}
        </nav>
      )}
      {settings.hasSearch && tutorId !== undefined && view === "book" && <WhoseTimes {...{ tutorId, isSearch }} />}
      <main>
        <ErrorBoundary key={`${key} ${view} ${isSearch}`}>
          <UserId value={viewer.userId}>
            <CurrentView
              {...{ view, viewer, me, tutorId, tutor, settings, isSearch, draftStore, usualStore }}
              query={address.query}
            />
          </UserId>
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

/** Return what the address names, and render again when it changes. The old view stays until the new view is loaded. */
function useAddress(): Address {
  const [path] = useLocation();
  return parseAddress(useDeferredValue(path + useSearch()));
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
    <Link href={signInAt}>Sign in</Link>
  );
}

/** Links to the free times of the page's tutor and of all tutors. */
function WhoseTimes({ tutorId, isSearch }: { tutorId: string; isSearch: boolean }) {
  return (
    <nav aria-label="Free times">
      <Link href={linkTo("book", tutorId)} aria-current={isSearch ? undefined : "page"}>
        This tutor
      </Link>
      <Link href={linkTo("book")} aria-current={isSearch ? "page" : undefined}>
        Any tutor
      </Link>
    </nav>
  );
}
