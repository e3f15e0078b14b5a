import { useDeferredValue, useEffect, useState } from "react";

/** The views of the page, as the address names them. */
export const VIEWS = ["week", "history", "statistics", "free", "platform"] as const;
export type View = (typeof VIEWS)[number];

/** What the address says: `#/<tutorId>`, `#/<tutorId>/<view>` or `#/platform`. */
export interface Address {
  tutorId?: string;
  view?: View;
}

/** Returns the fragment that leads to a view. */
export function addressOf(tutorId: string | undefined, view: View): string {
  return view === "platform" ? "#/platform" : `#/${tutorId ?? ""}/${view}`;
}

/** Returns what the address says, now and whenever it changes: what is shown stays until what comes is loaded. */
export function useAddress(): Address {
  const [current, setFragment] = useState(location.hash);
  const fragment = useDeferredValue(current);
  useEffect(() => {
    const follow = () => setFragment(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const [first, second] = fragment.replace(/^#\/?/, "").split("/");
  if (first === "platform") {
    return { view: first };
  }
  return { tutorId: first || undefined, view: VIEWS.find((view) => view === second) };
}
