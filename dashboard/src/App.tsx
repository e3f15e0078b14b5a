import { useEffect, useState } from "react";
import { readConfig } from "./config";
import { StudentView } from "./StudentView";
import { Trouble } from "./Trouble";
import { useAsked } from "./useAsked";

/** The page: whose availability, and the view of it. Which tutor it is stands in the address: `#/<tutorId>`. */
export function App() {
  const { answer: setting, error, again } = useAsked("config", readConfig);
  const [tutorId, setTutorId] = useState(idInAddress);
  useEffect(() => {
    const follow = () => setTutorId(idInAddress());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const chosen = tutorId || setting?.tutors[0]?.tutorId;
  return (
    <>
      <header>
        <h1>Slotledger</h1>
        {setting && setting.tutors.length > 0 && (
          <label>
            Tutor{" "}
            <select value={chosen} onChange={(event) => (location.hash = `#/${event.target.value}`)}>
              {setting.tutors.map(({ tutorId: id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </header>
      <main>
        {error && <Trouble error={error} again={again} />}
        {setting && chosen && <StudentView key={chosen} api={setting.api} tutorId={chosen} />}
        {setting && !chosen && <p>No tutor is named: the address of a tutor's page ends with #/ and their id.</p>}
      </main>
    </>
  );
}

function idInAddress(): string {
  return location.hash.replace(/^#\/?/, "");
}
