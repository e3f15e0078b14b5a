import { Suspense, lazy } from "react";
import { SignIn } from "./SignIn";
import { StudentView } from "./StudentView";
import { Trouble } from "./Trouble";
import { addressOf, useAddress } from "./address";
import type { View } from "./address";
import { readConfig } from "./config";
import type { Setting } from "./config";
import { useAsked } from "./useAsked";
import { ROLES, useViewer } from "./viewer";
import type { Role, Viewer } from "./viewer";

// What is large, or isn't looked at first, is loaded when it is.
const WeekView = lazy(() => import("./week/WeekView"));
const HistoryView = lazy(() => import("./history/HistoryView"));
const StatisticsView = lazy(() => import("./statistics/StatisticsView"));
const PlatformView = lazy(() => import("./statistics/PlatformView"));

const ROLE_NAMES: Record<Role, string> = { tutor: "the tutor", admin: "support (admin)", student: "a student" };

/** The page: it says who is looking at whose availability, and has the views of it. */
export function App() {
  const { answer: setting, error, again } = useAsked("config", readConfig);
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
  const tutorId = address.tutorId ?? setting.tutors[0]?.tutorId;
  const viewer = useViewer(setting, tutorId);
  const view = address.view ?? (viewer.isSignedIn ? "week" : "free");
  return (
    <>
      <header>
        <h1>Slotledger</h1>
        <div className="who">
          {setting.tutors.length > 0 && view !== "platform" && (
            <label>
              Tutor{" "}
              <select value={tutorId} onChange={(event) => (location.hash = addressOf(event.target.value, view))}>
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
      <Views viewer={viewer} tutorId={tutorId} current={view} />
      <main>
        <Suspense fallback={<p className="small">Loading …</p>}>
          <Shown key={`${tutorId} ${viewer.role}`} view={view} viewer={viewer} tutorId={tutorId} />
        </Suspense>
      </main>
    </>
  );
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

function Views({ viewer, tutorId, current }: { viewer: Viewer; tutorId: string | undefined; current: View }) {
  if (!viewer.isSignedIn) {
    return null;
  }
  const views: [View, string][] = [
    ["week", "Week"],
    ["history", "History"],
    ["statistics", "Statistics"],
    ["free", "What students see"],
  ];
  return (
    <nav aria-label="Views">
      {[...views, ...(viewer.isAdmin ? [["platform", "All tutors"] as [View, string]] : [])].map(([view, name]) => (
        <a key={view} href={addressOf(tutorId, view)} aria-current={view === current ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}

function Shown({ view, viewer, tutorId }: { view: View; viewer: Viewer; tutorId: string | undefined }) {
  if (view !== "free" && !viewer.isSignedIn) {
    return <SignIn onToken={viewer.setToken} />;
  }
  if (view === "platform") {
    return <PlatformView api={viewer.api} />;
  }
  if (tutorId === undefined) {
    return <p>No tutor is named: the address of a tutor's page ends with #/ and their id.</p>;
  }
  const shown = { api: viewer.api, tutorId };
  switch (view) {
    case "week":
      return <WeekView {...shown} isAdmin={viewer.isAdmin} />;
    case "history":
      return <HistoryView {...shown} />;
    case "statistics":
      return <StatisticsView {...shown} />;
    case "free":
      return <StudentView {...shown} />;
  }
}
