import { Link } from "wouter";
import type { Api } from "slotledger-client";
import { dateAt } from "../clock";
import type { UserIds } from "../labels";
import { linkWith } from "../links";
import { t } from "../texts";
import { dateIn, dateTimeIn, longDate, mondayInWeekOf, timeIn, unambiguousTimeIn } from "../time";
import { CopyLink } from "../ui/CopyLink";
import { Icon } from "../ui/Icon";
import { justBefore } from "../history/instants";
import { PutBackNote } from "./PutBackNote";
import { phasesOf } from "./life";
import type { Fact } from "./life";
import { personOf, sentenceOf, studentOf } from "./sentence";
import type { Part } from "./sentence";
import type { Why } from "./useWhy";

interface AnswerProps {
  api: Api;
  tutorId: string;
  tutorName: string;
  users: UserIds;
  why: Why;
  reload: () => void;
}

/** The answer in one sentence. */
export function Verdict({ tutorName, users, why }: Pick<AnswerProps, "tutorName" | "users" | "why">) {
  const { zone, facts, verdict } = why;
  return (
    <>
      <p className="subject">{t.why.slot(whenText(why), tutorName)}</p>
      <Sentence parts={sentenceOf(verdict, facts, { zone, users, now: Date.now() })} />
    </>
  );
}

/** What the answer rests on: the life of the slot, what can be done, and the evidence. */
export function Evidence({ api, tutorId, users, why, reload }: Omit<AnswerProps, "tutorName">) {
  const { zone, start, facts, putBack } = why;
  const lastChange = facts.findLast(({ entry }) => entry)?.entry?.changedAt;
  return (
    <>
      <Life facts={facts} zone={zone} />
      <PutBackNote {...{ api, tutorId, zone, putBack, reload }} when={whenText(why)} />
      <div className="buttons">
        <Link
          className="button"
          href={linkWith("history", {
            tutor: tutorId,
            at: lastChange && justBefore(lastChange),
            week: mondayInWeekOf(dateAt(zone, start)),
            side: "week",
          })}
        >
          {t.why.seeWeek}
        </Link>
        <CopyLink />
      </div>
      <div className="evidence-head">
        <h3>{t.why.evidence}</h3>
        <span className={why.isCertain ? "chip free" : "chip warn"} title={why.isCertain ? t.why.whyCertain : t.why.whyUncertain}>
          {why.isCertain && <Icon name="check" />}
          {why.isCertain ? t.why.certain : t.why.uncertain}
        </span>
      </div>
      <p className="small">{why.isCertain ? t.why.whyCertain : t.why.whyUncertain}</p>
      {facts.length === 0 ? (
        <p>{t.why.noEvidence}</p>
      ) : (
        <ol className="proof">
          {facts.map((fact, number) => (
            <li key={number} tabIndex={-1} id={`fact-${number + 1}`}>
              <span className="ref">{number + 1}</span>
              <time dateTime={new Date(fact.at).toISOString()}>{dateTimeIn(zone, new Date(fact.at))}</time>
              <span>
                {factText(fact, users)}
                {fact.notes && ` “${fact.notes}”`}
              </span>
              <span className={fact.source === "reconstructed" || fact.reason === "external" ? "chip warn" : "chip"}>{t.why.sources[fact.source]}</span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

/** The sentence, with the numbers of the evidence after the marks. */
function Sentence({ parts }: { parts: readonly Part[] }) {
  return (
    <p className="sentence">
      {parts.map(({ text, fact }, number) => {
        const mark = number === parts.length - 1 ? "." : parts[number + 1]!.text.startsWith(",") ? "," : "";
        const words = text.replace(/^, /, "") + mark;
        return (
          <span key={text}>
            {number > 0 && " "}
            {number === 0 ? <b>{words}</b> : words}
            {fact !== undefined && fact >= 0 && (
              <a className="ref" href={`#fact-${fact + 1}`} onClick={showFact}>
                {fact + 1}
              </a>
            )}
          </span>
        );
      })}
    </p>
  );
}

/** Return when the slot is, in the tutor's zone. */
function whenText({ zone, start, end }: Why): string {
  const date = longDate(dateAt(zone, start), dateIn(zone, new Date()));
  return `${date}, ${unambiguousTimeIn(zone, new Date(start))}–${unambiguousTimeIn(zone, new Date(end))}`;
}

/** Show a piece of evidence and give it the focus, without changing the address. */
function showFact(event: React.MouseEvent<HTMLAnchorElement>) {
  event.preventDefault();
  const fact = document.querySelector<HTMLElement>(event.currentTarget.hash);
  fact?.scrollIntoView({ block: "center" });
  fact?.focus({ preventScroll: true });
}

/** The life of a slot as a bar: what it was, and from when on. The widths don't say how long. */
function Life({ facts, zone }: { facts: readonly Fact[]; zone: string }) {
  const phases = phasesOf(facts);
  return phases.length === 0 ? null : (
    <ol className="life" aria-label={t.why.life}>
      {phases.map(({ at, state, fact }, number) => {
        const [instant, before] = [new Date(at), phases[number - 1]];
        const isSameDay = before !== undefined && dateAt(zone, before.at) === dateAt(zone, at);
        return (
          <li key={at} className={state}>
            <em>{isSameDay ? timeIn(zone, instant) : dayOf(zone, instant)}</em> {fact === 0 && state === "free" ? t.why.firstOffered : t.why.states[state]}
          </li>
        );
      })}
    </ol>
  );
}

function dayOf(zone: string, instant: Date): string {
  return dateTimeIn(zone, instant).replace(/^[^\s,]+,? /, "").replace(/,? \d{4}/, "");
}

function factText(fact: Fact, users: UserIds): string {
  const { facts } = t.why;
  const { kind, reason } = fact;
  if (kind === "offered" || kind === "removed") {
    if (reason === "external") {
      return facts.external[kind];
    }
    if (reason === "schedule") {
      return kind === "offered" ? facts.published : facts.withdrawn;
    }
    return facts[kind](personOf(fact.by, users));
  }
  return facts[kind](studentOf(fact));
}
