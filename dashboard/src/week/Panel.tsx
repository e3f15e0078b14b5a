import { useEffect, useId, useRef } from "react";
import type { ReactNode } from "react";
import { t } from "../texts";

interface PanelProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** The buttons at the lower edge. */
  footer?: ReactNode;
}

/** What is open beside the week. On a narrow screen, it is a sheet at the lower edge. Escape closes it. */
export function Panel({ title, onClose, children, footer }: PanelProps) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    heading.current!.focus();
    return () => {
      if (opener instanceof HTMLElement && document.activeElement === document.body) {
        opener.focus();
      }
    };
  }, []);
  return (
    <section
      className="panel"
      role="dialog"
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) {
          onClose();
        }
      }}
    >
      <header>
        <h2 id={id} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" className="quiet icon" aria-label={t.close} onClick={onClose}>
          <svg className="i" viewBox="0 0 20 20" aria-hidden="true">
            <path d="M5 5l10 10M15 5L5 15" />
          </svg>
        </button>
      </header>
      <div className="panel-body">{children}</div>
      {footer && <footer>{footer}</footer>}
    </section>
  );
}
