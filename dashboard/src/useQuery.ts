import { navigate, useSearch } from "wouter/use-browser-location";

interface ChangeOptions {
  /** Whether Back returns to the state before. */
  isStep?: boolean;
}

/** Return the query of the address, and a function that changes some of its parameters. A null removes a parameter. */
export function useQuery(): [
  URLSearchParams,
  (changes: Readonly<Record<string, string | null>>, options?: ChangeOptions) => void,
] {
  const query = new URLSearchParams(useSearch());
  return [
    query,
    (changes, { isStep = false } = {}) => {
      const next = new URLSearchParams(location.search); // the address may have changed since it was rendered
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) {
          next.delete(name);
        } else {
          next.set(name, value);
        }
      }
      const search = next.toString();
      navigate(`${location.pathname}${search && "?"}${search}`, { replace: !isStep });
    },
  ];
}
