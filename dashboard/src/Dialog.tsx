import { useEffect, useId, useLayoutEffect, useRef } from "react";
import type { ReactNode } from "react";

interface DialogProps {
  title: string;
  /** Removes it from the page: Escape asks for that, too. */
  onClose: () => void;
  children: ReactNode;
}

/** What has to be dealt with before the page behind it; it is open while it is rendered. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  // Closed before it is gone from the page, it hands the keyboard back to where it came from.
  useLayoutEffect(() => {
    const opened = dialog.current!;
    opened.showModal();
    heading.current!.focus(); // so that reading begins at the beginning, and Tab goes to what comes first
    return () => opened.close();
  }, []);
  useEffect(() => {
    // What was used may be gone now, a button: the keyboard stays within.
    if (!dialog.current!.contains(document.activeElement)) {
      heading.current!.focus();
    }
  });
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id} ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}
