import { useEffect, useRef, useState } from "react";
import { readStored, storedKeys, store } from "./storage";

/** How the drafts of a view are kept. */
export interface DraftKind<T> {
  /** A name that no other kind has. */
  name: string;
  isUnsaved(draft: T | undefined): boolean;
  serialize(draft: T): string;
  /** Return the draft of a text, or undefined if an older version of the page wrote it. */
  parse(text: string): T | undefined;
}

/** A store for the draft of a tutor. */
export interface Drafts<T> {
  get(): T | undefined;
  set(draft: T): void;
  /** Whether another tab has unsaved changes of the same tutor. */
  isEditedElsewhere: boolean;
}

const PREFIX = "slotledger.draft";

/**
 * Keep drafts by viewer and tutor in the browser's storage until they are saved or discarded, or the viewer signs out. So
 * they survive a reload, a closed tab and an expired token. If the browser stores nothing, warn before the page is left.
 */
export function useDrafts<T>(userId: string | null, tutorId: string | undefined, kind: DraftKind<T>): Drafts<T> {
  const key = keyOf(userId, kind.name, tutorId);
  // Use a ref in place of a state, so that code that has awaited an answer reads the current draft.
  const drafts = useRef(new Map<string, T | undefined>());
  // What this tab has stored or read. Another tab may have stored its own draft in the same place since then.
  const texts = useRef(new Map<string, string>());
  const [, setChangeCount] = useState(0);
  const [isStored, setIsStored] = useState(true);
  const [elsewhere, setElsewhere] = useState<string>();
  const render = () => setChangeCount((count) => count + 1);
  const lastUserId = useRef(userId);
  if (lastUserId.current !== userId) {
    drafts.current.clear(); // those that aren't saved are stored
    lastUserId.current = userId;
  }

  function get(): T | undefined {
    if (!drafts.current.has(key)) {
      const text = readStored(key, "local");
      drafts.current.set(key, parseStored(kind, text));
      texts.current.set(key, text ?? "");
    }
    return drafts.current.get(key);
  }

  const isUnsaved = kind.isUnsaved(get());
  useEffect(() => {
    const onStorage = (event: StorageEvent) => {
      if (event.key !== key) {
        return;
      }
      const own = drafts.current.get(key);
      if (event.newValue === null && kind.isUnsaved(own) && kind.serialize(own!) === event.oldValue) {
        drafts.current.set(key, undefined); // the same draft was saved or discarded there
        render();
      }
      setElsewhere(event.newValue === null ? undefined : key);
    };
    addEventListener("storage", onStorage);
    return () => removeEventListener("storage", onStorage);
  }, [key]);
  useEffect(() => {
    if (isUnsaved && !isStored) {
      const warn = (event: BeforeUnloadEvent) => event.preventDefault();
      addEventListener("beforeunload", warn);
      return () => removeEventListener("beforeunload", warn);
    }
  }, [isUnsaved, isStored]);
  return {
    get,
    set(draft: T) {
      drafts.current.set(key, draft);
      if (kind.isUnsaved(draft)) {
        const text = kind.serialize(draft);
        texts.current.set(key, text);
        setIsStored(store(key, text, "local"));
      } else if (texts.current.get(key) === readStored(key, "local")) {
        store(key, null, "local");
        setElsewhere(undefined);
      }
      render();
    },
    isEditedElsewhere: elsewhere === key,
  };
}

/** Return the keys of all unsaved drafts of a user. */
export function unsavedDrafts(userId: string | null): string[] {
  return storedKeys("local").filter((key) => key.startsWith(keyOf(userId)));
}

/** Forget all drafts of a user. */
export function forgetDrafts(userId: string | null): void {
  unsavedDrafts(userId).forEach((key) => store(key, null, "local"));
}

/** Return the key under which a draft is stored, or the beginning of the keys of a user. */
function keyOf(userId: string | null, ...more: (string | undefined)[]): string {
  return [PREFIX, encodeURIComponent(userId ?? ""), ...more].join(" ") + (more.length === 0 ? " " : "");
}

function parseStored<T>(kind: DraftKind<T>, text: string | null): T | undefined {
  try {
    return text === null ? undefined : kind.parse(text);
  } catch {
    return undefined;
  }
}
