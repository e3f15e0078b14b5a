import { createContext, useContext } from "react";
import { QueryClient, keepPreviousData, useQuery } from "@tanstack/react-query";

/** How often to reload free slots: they start or are booked while the page is open. */
const RELOAD_MS = 3 * 60 * 1000;

/**
 * The answers of this page. The client repeats requests itself, so queries aren't repeated. Requests are sent even if the
 * browser says that it is offline, because it may be wrong, and because an error message is better than waiting.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, networkMode: "always", refetchOnWindowFocus: false, refetchOnReconnect: false },
  },
});

/** The user id of the viewer. It is a part of each key, so that nobody sees the answers that another user got. */
export const UserId = createContext<string | null>(null);

/** Forget what earlier viewers of this tab were answered. */
export function clearAnswers(): void {
  queryClient.removeQueries({ predicate: ({ queryKey: [kind] }) => kind !== "config" });
}

/** Forget the answers that aren't shown. */
export function forgetUnused(): void {
  queryClient.removeQueries({ type: "inactive" });
}

/**
 * Load all shown answers of a kind again, or those of all kinds but the settings. Requests that are under way are aborted:
 * their answers may be from before. (A query without an answer would otherwise wait for the request that is under way.)
 */
export async function reloadAnswers(kind?: string): Promise<void> {
  const isReloaded = (each: unknown) => (kind === undefined ? each !== "config" : each === kind);
  const queries = { predicate: ({ queryKey }: { queryKey: readonly unknown[] }) => isReloaded(queryKey[0]) };
  await queryClient.cancelQueries(queries);
  await queryClient.invalidateQueries(queries);
}

/** The state of a request. While it is loading, `answer` is the earlier answer, if any, also if the key was another. */
export interface Answer<T> {
  answer?: T;
  /** The last answer, also if a later request has failed: for what is shown beside an error. */
  lastAnswer?: T;
  error?: Error;
  isLoading: boolean;
  reload: () => void;
}

interface AnswerOptions {
  /** Whether to load the answer every few minutes while the page is visible, and when the viewer returns to it. */
  isReloaded?: boolean;
  /** Whether a view that is opened again begins with the last answer. Set this to false if edits are based on it. */
  isKept?: boolean;
  /** Whether the answer stays the same as long as the page is open. */
  isFixed?: boolean;
}

/**
 * Return the answer of a request. It is sent when the component is mounted, when the key changes and when `reload` is
 * called, and aborted when nobody waits for it any more. After an error, it isn't sent again by itself, so that the
 * message stays. `kind` names the request, and `key` has what it depends on, beside the viewer.
 */
export function useAnswer<T>(
  kind: string,
  key: readonly unknown[],
  send: (signal: AbortSignal) => Promise<T>,
  { isReloaded = false, isKept = true, isFixed = false }: AnswerOptions = {},
): Answer<T> {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: [kind, useContext(UserId), ...key],
    queryFn: ({ signal }) => send(signal),
    placeholderData: keepPreviousData,
    staleTime: isFixed ? Infinity : 0,
    refetchInterval: ({ state }) => isReloaded && state.error === null && RELOAD_MS,
    refetchOnWindowFocus: ({ state }) => isReloaded && state.error === null && "always",
    ...(isKept ? {} : { gcTime: 0 }),
  });
  return {
    answer: error ? undefined : data,
    lastAnswer: data,
    error: isFetching ? undefined : (error ?? undefined),
    isLoading: isFetching,
    reload: () => void refetch(),
  };
}
