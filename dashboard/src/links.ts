/**
 * Addresses of the views. A path has one segment below the page's folder, so that the relative URLs of the built files
 * are right for each of them. Everything else is in the query.
 */

/** The views, as their paths name them. `sign-in` leads to the first view of the person who has signed in. */
export const VIEWS = ["book", "lessons", "week", "usual", "history", "why", "statistics", "platform", "sign-in"] as const;
export type View = (typeof VIEWS)[number];

/** The folder of the page. Scripts are in a folder below it: `assets`, or `src` on Vite's own server. */
export const FOLDER = new URL(/* @vite-ignore */ "..", import.meta.url);

/** What an address names. */
export interface Address {
  /** The view. Without it, the page shows the first view of the viewer. */
  view?: View;
  tutorId?: string;
  /** The whole query. */
  query: string;
}

/** Return the address of a view, below the page's folder. The view `book` may have the query of a search. */
export function linkTo(view: View | undefined, tutorId?: string, query = ""): string {
  const hasTutor = tutorId !== undefined && view !== "platform" && view !== "lessons";
  const search = hasTutor ? `tutor=${encodeURIComponent(tutorId)}` : query;
  return `/${view ?? ""}${search && "?"}${search}`;
}

/** Return the address of a view with parameters. Those without a value are left out. */
export function linkWith(view: View, params: Record<string, string | undefined>): string {
  return `/${view}${changeQuery("", params)}`;
}

/** Return a query with other values of some parameters, with its question mark. Undefined removes a parameter. */
export function changeQuery(query: string, changes: Record<string, string | undefined>): string {
  const params = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) {
      params.delete(name);
    } else {
      params.set(name, value);
    }
  }
  const text = params.toString().replaceAll("%3A", ":");
  return `${text && "?"}${text}`;
}

/** Return what an address below the page's folder names. */
export function parseAddress(address: string): Address {
  const [path, query = ""] = address.split("?") as [string, string?];
  return {
    view: VIEWS.find((view) => path === `/${view}`),
    tutorId: new URLSearchParams(query).get("tutor") || undefined,
    query,
  };
}

/** Return the address of what an address of version 1 names: `#/<tutorId>/<view>`, `#/platform`, `#/find?<query>`. */
export function replacementOf(fragment: string): string | undefined {
  if (!fragment.startsWith("#/")) {
    return undefined;
  }
  const [path, query] = fragment.slice(2).split("?") as [string, string?];
  const [first, second] = path.split("/");
  if (first === "find" || first === "platform") {
    return linkTo(first === "find" ? "book" : first, undefined, query);
  }
  return linkTo(second === "free" ? "book" : VIEWS.find((view) => view === second), first || undefined);
}
