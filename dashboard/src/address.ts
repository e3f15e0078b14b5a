import { useDeferredValue, useEffect, useState } from "react";

/** The names of the page's views, as in the address. */
export const VIEWS = ["week", "usual", "history", "statistics", "free", "platform"] as const;
export type View = (typeof VIEWS)[number];

/** The parsed address: `#/<tutorId>`, `#/<tutorId>/<view>` or `#/platform`. */
export interface Address {
  tutorId?: string;
  view?: View;
}

/** Return the address of a view. */
export function addressOf(tutorId: string | undefined, view: View): string {
  return view === "platform" ? "#/platform" : `#/${tutorId ?? ""}/${view}`;
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
  const [first, second] = fragment.replace(/^#\/?/, "").split("/");
  if (first === "platform") {
    return { view: first };
  }
  return { tutorId: first || undefined, view: VIEWS.find((view) => view === second) };
}
