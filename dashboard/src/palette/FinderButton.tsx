import { useEffect, useLayoutEffect, useState } from "react";
import type { ComponentType } from "react";
import type { Api } from "slotledger-client";
import type { View } from "../links";
import { t } from "../texts";
import { Icon } from "../ui/Icon";
import { useQueryState } from "../useQueryState";
import type { FinderProps } from "./Finder";
import type { PageTutor } from "./options";

/** The parameter of the address that says that the finder is open. */
const FIND = "find";

interface FinderState {
  isOpen: boolean;
  open: () => unknown;
  close: () => void;
}

/** Return whether the finder is open, which the address says: so Back closes it. Ctrl-K opens it if there is one. */
export function useFinder(query: string, hasFinder: boolean): FinderState {
  const state = useQueryState(query);
  const isOpen = hasFinder && state.params.has(FIND);
  const open = () => isOpen || state.open({ [FIND]: "" });
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (hasFinder && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        open();
      }
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  });
  return { isOpen, open, close: () => state.close({ [FIND]: undefined }) };
}

interface FinderButtonProps {
  api: Api;
  view: View;
  current: PageTutor | undefined;
  /** Whether bookings can be read. */
  hasBookings: boolean;
  finder: FinderState;
}

/** The field in the bar that opens the finder, and the finder. */
export function FinderButton({ api, view, current, hasBookings, finder }: FinderButtonProps) {
  // Not by `lazy`: a dialog can't be opened before it is in the page.
  const [Finder, setFinder] = useState<ComponentType<FinderProps>>();
  useEffect(() => {
    if (finder.isOpen && !Finder) {
      import("./Finder").then((module) => setFinder(() => module.default), finder.close);
    }
  }, [finder.isOpen]);
  return (
    <>
      <button type="button" className="find-field" aria-haspopup="dialog" aria-keyshortcuts="Control+K" onClick={finder.open}>
        <Icon name="search" />
        <span>{t.finder.button}</span>
        <kbd aria-hidden="true">{t.finder.shortcut}</kbd>
      </button>
      {finder.isOpen && Finder && <Finder {...{ api, view, current, hasBookings }} onClose={finder.close} />}
    </>
  );
}
