import { useEffect, useId, useLayoutEffect, useRef } from "react";
import type { ReactNode } from "react";

interface DialogProps {
  title: string;
  /** Called when Escape is pressed. The dialog stays open until it is removed from the page. */
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog, open while it is rendered. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  // Close the dialog before it is removed: then the browser returns the focus to the element that opened the dialog.
  useLayoutEffect(() => {
    const element = dialog.current!;
    element.showModal();
    heading.current!.focus(); // screen readers begin at the heading, and Tab goes from there to the first field
    return () => element.close();
  }, []);
  useEffect(() => {
    // If the element with the focus was removed, keep the focus in the dialog.
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
