import { useEffect, useId, useRef } from "react";
import type { ReactNode } from "react";

/**
 * A modal dialog, open while it is rendered. `close` gives the focus back to where it came from, and then has
 * `onClosed` remove the dialog from the page.
 */
export function Dialog({
  title,
  onClosed,
  children,
}: {
  title: string;
  onClosed: () => void;
  children: (close: () => void) => ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current!.showModal();
    heading.current!.focus(); // so that reading begins at the beginning, and Tab goes to what comes first
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClosed}>
      <h2 id={id} ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children(() => dialog.current?.close())}
    </dialog>
  );
}
