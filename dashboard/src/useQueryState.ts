import { useLocation } from "wouter";
import { changeQuery } from "./links";

/** The state of a view in its address, with links to other states. */
export interface QueryState {
  params: URLSearchParams;
  /** Return the address of another state: with other values of some parameters, or undefined to leave them out. */
  linkTo(changes: Record<string, string | undefined>): string;
  /** Show another state. With `replace`, Back doesn't lead to the current one. */
  change(changes: Record<string, string | undefined>, options?: { replace?: boolean }): void;
  /** Open something: Back closes it. */
  open(changes: Record<string, string | undefined>): void;
  /** Close what is open: like Back if it was opened here, and not by a link. */
  close(changes: Record<string, string | undefined>): void;
}

/** The state of an entry of the browser's history before which there is the same page with less open. */
const OPENED = "opened";

/** Return the state of the current view, whose address has a query. */
export function useQueryState(query: string): QueryState {
  const [path, navigate] = useLocation();
  const linkTo = (changes: Record<string, string | undefined>) => `${path}${changeQuery(query, changes)}`;
  // Two changes may follow each other before the view is rendered again, so begin with the address as it is now.
  const next = (changes: Record<string, string | undefined>) => `${path}${changeQuery(location.search, changes)}`;
  const change: QueryState["change"] = (changes, options) => navigate(next(changes), options);
  return {
    params: new URLSearchParams(query),
    linkTo,
    change,
    open: (changes) => navigate(next(changes), { state: OPENED }),
    close: (changes) => (history.state === OPENED ? history.back() : change(changes, { replace: true })),
  };
}
