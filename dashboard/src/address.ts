import { useDeferredValue, useEffect, useState } from "react";

/** The names of the page's views, as in the address. */
export const VIEWS = ["week", "usual", "history", "statistics", "free", "find", "platform"] as const;
export type View = (typeof VIEWS)[number];

/** The parsed address: `#/<tutorId>`, `#/<tutorId>/<view>`, `#/platform` or `#/find?<query>`. */
export interface Address {
  tutorId?: string;
  view?: View;
  /** What to find. Only the view `find` has it. */
  query?: string;
}

/** Return the address of a view. */
export function addressOf(tutorId: string | undefined, view: View): string {
  return view === "platform" || view === "find" ? `#/${view}` : `#/${tutorId ?? ""}/${view}`;
}

/** Return the address, and render again when it changes. The old view stays until the new view is loaded. */
export function useAddress(): Address {
  const [current, setFragment] = useState(location.hash);
  const fragment = useDeferredValue(current);
  useEffect(() => {
    const update = () => setFragment(location.hash);
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  const [path, query = ""] = fragment.replace(/^#\/?/, "").split("?");
  const [first, second] = path!.split("/");
  if (first === "platform" || first === "find") {
    return { view: first, query };
  }
  return { tutorId: first || undefined, view: VIEWS.find((view) => view === second) };
}
