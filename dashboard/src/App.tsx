import { useDeferredValue, useEffect, useLayoutEffect, useRef } from "react";
import { useLocation } from "wouter";
import { useSearch } from "wouter/use-browser-location";
import { CurrentView } from "./CurrentView";
import { ErrorBoundary } from "./ErrorBoundary";
import { ErrorMessage } from "./ErrorMessage";
import { readConfig } from "./config";
import type { Settings } from "./config";
import { isFramed } from "./embed/framed";
import { shortId } from "./labels";
import { linkTo, parseAddress } from "./links";
import type { Address, View } from "./links";
import { FinderButton, useFinder } from "./palette/FinderButton";
import { useMe, usePageTutor } from "./people";
import { attributesOf, t, useLanguage } from "./texts";
import { Icon } from "./ui/Icon";
import type { IconName } from "./ui/Icon";
import { Tabs, TopBar } from "./ui/TopBar";
import type { NavigationLink } from "./ui/TopBar";
import { useDrafts } from "./useDrafts";
import { UserId, useAnswer } from "./useAnswer";
import { USUAL_DRAFTS } from "./usual/draft";
import { useViewer, viewsOf, visibleView } from "./viewer";
import { resetViews, views } from "./views";
import { WEEK_DRAFTS } from "./week/draft";

const ICONS: Record<View, IconName> = {
  book: "search",
  lessons: "lessons",
  week: "calendar",
  usual: "repeat",
  history: "clock",
  why: "ask",
  statistics: "chart",
  platform: "grid",
  "sign-in": "person",
};

/** The views that support has in the tabs of a phone. The finder leads to the others. */
const SUPPORT_TABS: readonly IconName[] = [ICONS.history, ICONS.why, ICONS.week, ICONS.platform];

/** The page: choices of the tutor and the viewer, links to the views, and the current view. */
export function App() {
  const language = useLanguage();
  useLayoutEffect(() => void Object.assign(document.documentElement, attributesOf(language)), [language]);
  const { answer, error, reload } = useAnswer("config", [], () => readConfig(), { isFixed: true });
  const settings = useDeferredValue(answer); // wait for the code of the first view before the page is shown
  const message = error && <ErrorMessage error={error} retry={reload} />;
  if (settings) {
    return isFramed ? <views.Frame settings={settings} /> : <Dashboard settings={settings} />;
  }
  return isFramed ? (
    message
  ) : (
    <>
      <header className="top">
        <h1 className="mark">Slotledger</h1>
      </header>
      <main>{message}</main>
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
  const view = visibleView(address.view, { ...viewer, face: me.face });
  const tutor = usePageTutor(viewer, tutorId, view === "book");
  const isSearch = view === "book" && address.tutorId === undefined && settings.hasSearch;
  const key = `${viewer.userId} ${tutorId}`;
  const draftStore = useDrafts(viewer.userId, tutorId, WEEK_DRAFTS);
  const usualStore = useDrafts(viewer.userId, tutorId, USUAL_DRAFTS);
  const findsTutors = me.face === "student" && (settings.hasSearch || view === "lessons"); // in the booker, or not at all
  const main = useFocusOfView(`${key} ${view}`);
  const title = view ? `${t.views[view === "book" && !isSearch ? "free" : view]} – Slotledger` : "Slotledger";
  useLayoutEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    if (view !== undefined && view !== address.view && (address.view === undefined || address.view === "sign-in")) {
      navigate(linkTo(view, address.tutorId, address.query), { replace: true });
    }
  }, [view, address.view]);
  // Tutors need no id in the addresses of their own views. In the demo, the address says which tutor's they are.
  const linkedTutorId = !isSearch && !findsTutors && (viewer.isAdmin || viewer.role !== null) ? tutorId : undefined;
  const finder = useFinder(address.query, viewer.isAdmin);
  const unsaved: Partial<Record<View, boolean>> = {
    week: WEEK_DRAFTS.isUnsaved(draftStore.get()),
    usual: USUAL_DRAFTS.isUnsaved(usualStore.get()),
  };
  const links: NavigationLink[] = (viewer.isSignedIn && me.face ? viewsOf(me.face, settings) : []).map((each) => ({
    href: linkTo(each, linkedTutorId),
    name: t.views[each],
    icon: ICONS[each],
    isCurrent: each === view,
    isUnsaved: unsaved[each] ?? false,
  }));
  const tabs = me.face === "support" ? links.filter(({ icon }) => SUPPORT_TABS.includes(icon)) : undefined;
  const current = tutorId === undefined || view === "platform" ? undefined : { tutorId, name: tutor.name ?? shortId(tutorId) };
  if (links.length > 0 && me.face === "tutor" && tutorId !== undefined) {
    const [name, shortName] = [t.bar.studentsView, t.bar.studentsViewShort];
    links.push({ href: linkTo("book", tutorId), name, shortName, icon: "eye", isCurrent: view === "book", isUnsaved: false });
  }
  return (
    <>
      <TopBar {...{ links, viewer }} tutorId={address.tutorId} reference={settings.reference}>
        {viewer.isAdmin && <FinderButton {...{ finder, current }} hasBookings={settings.hasBookings} api={viewer.api} view={view ?? "history"} />}
        {settings.tutors.length > 0 && view !== "platform" && !isSearch && !findsTutors && (viewer.role !== null || !viewer.isAdmin) && (
          <div className="of-tutor">
            <select
              aria-label={t.bar.tutor}
              value={tutorId}
              onChange={(event) => navigate(linkTo(view, event.target.value))}
            >
              {!settings.tutors.some((tutor) => tutor.tutorId === tutorId) && (
                <option value={tutorId}>{shortId(tutorId!)}</option>
              )}
              {settings.tutors.map(({ tutorId: id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </div>
        )}
      </TopBar>
      <main ref={main} tabIndex={-1}>
        <ErrorBoundary key={view === "book" ? view : `${key} ${view}`} onError={resetViews}>
          <UserId value={viewer.userId}>
            <CurrentView
              {...{ view, viewer, me, tutorId, tutor, settings, isSearch, draftStore, usualStore }}
              query={address.query}
            />
          </UserId>
        </ErrorBoundary>
      </main>
      <Tabs links={tabs ?? links}>
        {viewer.isAdmin && (
          <button type="button" onClick={finder.open}>
            <Icon name="search" />
            {t.finder.short}
          </button>
        )}
      </Tabs>
    </>
  );
}

/** Return a ref of what shows the view. It gets the focus if the element with the focus was in the view before. */
function useFocusOfView(view: string) {
  const main = useRef<HTMLElement>(null);
  const hadFocus = useRef(false);
  useEffect(() => {
    const note = () => (hadFocus.current = true);
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, []);
  useEffect(() => {
    if (hadFocus.current && document.activeElement === document.body) {
      main.current!.focus({ preventScroll: true });
    }
  }, [view]);
  return main;
}

/** Return what the address names, and render again when it changes. The old view stays until the new view is loaded. */
function useAddress(): Address {
  const [path] = useLocation();
  return parseAddress(useDeferredValue(path + useSearch()));
}
