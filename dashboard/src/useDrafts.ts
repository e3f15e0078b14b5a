import { useEffect, useRef, useState } from "react";

/**
 * Keep the drafts of this tab, by viewer and tutor, while other views are open. While any draft is unsaved, warn before
 * the page is left. Return the store of the draft with this key.
 */
export function useDrafts<T>(key: string, isUnsaved: (draft: T | undefined) => boolean) {
  // Use a ref in place of a state, so that code that has awaited an answer reads the current draft.
  const drafts = useRef(new Map<string, T>());
  const [, setChangeCount] = useState(0);
  const isAnyUnsaved = [...drafts.current.values()].some(isUnsaved);
  useEffect(() => {
    if (isAnyUnsaved) {
      const warn = (event: BeforeUnloadEvent) => event.preventDefault();
      addEventListener("beforeunload", warn);
      return () => removeEventListener("beforeunload", warn);
    }
  }, [isAnyUnsaved]);
  return {
    get: () => drafts.current.get(key),
    set(draft: T) {
      drafts.current.set(key, draft);
      setChangeCount((count) => count + 1);
    },
  };
}
