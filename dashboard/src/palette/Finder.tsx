import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { useLocation, useRouter } from "wouter";
import { ApiError } from "slotledger-client";
import type { Api } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import type { View } from "../links";
import { t } from "../texts";
import { dateIn, viewersZone } from "../time";
import { copyLink } from "../ui/CopyLink";
import { Icon } from "../ui/Icon";
import type { IconName } from "../ui/Icon";
import { useAnswer } from "../useAnswer";
import { optionsOf, wantedOf } from "./options";
import type { Group, Option, PageTutor } from "./options";
import "./finder.css";

const MAX_TUTORS = 20;
/** How long to wait for the next letter before the search. */
const TYPING_MS = 150;
const DAY_MS = 24 * 60 * 60 * 1000;
/** The lessons of a student that are offered are at most so far away. */
const LESSONS_DAYS = 45;
const ICONS: Record<Group, IconName> = { times: "ask", tutors: "person", lessons: "lessons", views: "grid" };

export interface FinderProps {
  api: Api;
  view: View;
  current: PageTutor | undefined;
  /** Whether bookings can be read. */
  hasBookings: boolean;
  onClose: () => void;
}

/** A dialog with a field, and what the text in it finds. Arrow keys choose, Enter opens, Ctrl-C copies the link. */
export default function Finder({ api, view, current, hasBookings, onClose }: FinderProps) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const [message, setMessage] = useState("");
  const [isEntered, setIsEntered] = useState(false); // Enter opens the first result as soon as it is loaded
  const [, navigate] = useLocation();
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const { base } = useRouter();
  const now = Date.now();
  const wanted = wantedOf(text, dateIn(viewersZone(), new Date(now)));
  const { answer, error, isLoading, reload } = useFound(api, wanted.tutor, hasBookings ? wanted.student : undefined);
  // While the next tutors are loading, the earlier ones are shown, but no times of theirs.
  const isStale = isLoading && answer?.tutor !== wanted.tutor;
  const options = answer ? optionsOf({ ...answer, wanted: isStale ? { tutor: wanted.tutor } : wanted, current, view, now }) : [];
  const active = Math.min(chosen, options.length - 1);

  useLayoutEffect(() => {
    const element = dialog.current!;
    element.showModal();
    field.current!.focus();
    return () => element.close(); // the browser returns the focus
  }, []);
  useEffect(() => {
    if (isEntered && !isLoading) {
      setIsEntered(false);
      if (options[active]) {
        openOption(options[active]);
      }
    }
  }, [isEntered, isLoading]);
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active]);

  function onKeyDown(event: React.KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const option = options[active];
    if (step !== undefined && options.length > 0) {
      event.preventDefault();
      setChosen((active + step + options.length) % options.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      setIsEntered(true);
    } else if (event.key.toLowerCase() === "c" && (event.ctrlKey || event.metaKey) && option && !hasSelection(field.current!)) {
      event.preventDefault();
      void copyLink(base + option.href).then((isCopied) => setMessage(isCopied ? t.finder.copied : t.why.notCopied));
    }
  }

  const openOption = ({ href }: Option) => navigate(href, { replace: true });
  const hasMore = answer?.hasMore ?? false;
  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label={t.finder.title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="palette-body">
        <div className="q">
          <Icon name="search" />
          <input
            ref={field}
            type="text"
            role="combobox"
            autoComplete="off"
            maxLength={100}
            aria-label={t.finder.field}
            aria-expanded={options.length > 0}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={options.length > 0 ? `${id}-${active}` : undefined}
            placeholder={t.finder.example}
            value={text}
            onInput={(event) => {
              setText(event.currentTarget.value);
              setChosen(0);
              setIsEntered(false);
              setMessage("");
            }}
            onKeyDown={onKeyDown}
          />
          <button type="button" className="quiet" onClick={onClose}>
            {t.close}
          </button>
        </div>
        {error && <ErrorMessage error={error} retry={reload} />}
        <div id={`${id}-list`} role="listbox" aria-label={t.finder.title} aria-busy={isLoading} className="options">
          {groupsOf(options).map(([group, members]) => (
            <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
              <h3 id={`${id}-${group}`} role="presentation">
                {group === "views" ? t.finder.views(current!.name) : t.finder[group]}
              </h3>
              {members.map(([option, number]) => (
                <div
                  key={option.href + number}
                  id={`${id}-${number}`}
                  role="option"
                  aria-selected={number === active}
                  onClick={() => openOption(option)}
                >
                  <Icon name={ICONS[group]} />
                  <span className="name">{option.text}</span>
                  {option.about && group !== "views" && <span className="about">{option.about}</span>}
                </div>
              ))}
            </div>
          ))}
        </div>
        <p role="status" className="small">
          {message || (answer && !error && !isLoading ? resultText(options.length, answer.tutors.length, hasMore, text.trim()) : "")}
        </p>
        <footer aria-hidden="true">
          <span>
            <kbd>↑</kbd> <kbd>↓</kbd> {t.finder.choose}
          </span>
          <span>
            <kbd>Enter</kbd> {t.finder.open}
          </span>
          <span>
            <kbd>{t.finder.copyKeys}</kbd> {t.finder.copy}
          </span>
          <span>
            <kbd>Esc</kbd> {t.finder.close}
          </span>
        </footer>
      </div>
    </dialog>
  );
}

/** Load the tutors and the lessons that a text finds, after the viewer has stopped typing. */
function useFound(api: Api, tutor: string | undefined, student: string | undefined) {
  return useAnswer("found", [tutor, student], async (signal) => {
    if (tutor) {
      await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
      signal.throwIfAborted();
    }
    const [found, bookings] = await Promise.all([
      tutor === undefined ? undefined : api.tutors.listTutors({ q: tutor || undefined, limit: MAX_TUTORS, signal }),
      student === undefined ? [] : lessonsOf(api, student, signal),
    ]);
    return { tutor, tutors: found?.tutors ?? [], hasMore: found != null && found.nextCursor !== null, bookings };
  });
}

async function lessonsOf(api: Api, studentId: string, signal: AbortSignal) {
  const [from, to] = [-LESSONS_DAYS, LESSONS_DAYS].map((days) => new Date(Date.now() + days * DAY_MS).toISOString());
  try {
    return (await api.bookings.list({ studentId }, { from, to, limit: 10, signal })).bookings;
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) {
      return []; // the text can't be an id
    }
    throw error;
  }
}

function groupsOf(options: readonly Option[]): [Group, [Option, number][]][] {
  const groups = new Map<Group, [Option, number][]>();
  options.forEach((option, number) => groups.set(option.group, [...(groups.get(option.group) ?? []), [option, number]]));
  return [...groups];
}

function hasSelection({ selectionStart, selectionEnd }: HTMLInputElement): boolean {
  return selectionStart !== selectionEnd;
}

function resultText(count: number, tutors: number, hasMore: boolean, text: string): string {
  if (count === 0) {
    return text === "" ? "" : t.finder.none(text);
  }
  return hasMore ? t.finder.first(tutors) : t.finder.count(count);
}
