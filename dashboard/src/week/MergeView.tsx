import { useState } from "react";
import type { ReactNode } from "react";
import type { Day } from "slotledger-client";
import { longDate } from "../time";
import { slotName } from "../clock";
import type { Slot } from "../clock";
import { rebased, slotsOf } from "./draft";
import type { Draft } from "./draft";
import { merge } from "./merge";
import type { Merge } from "./merge";
import { leftOutInWords } from "./labels";

type Way = keyof Merge["ways"];

const WAYS: [Way, string][] = [
  ["both", "Both edits"],
  ["mine", "Mine alone"],
  ["theirs", "Theirs alone"],
];

/** Shows the days that somebody else edited meanwhile, and asks how each is to stand: nothing is dropped unasked. */
export function MergeView({
  draft,
  days,
  onDraft,
  back,
}: {
  draft: Draft;
  /** The edited days, as they stand now. */
  days: readonly Day[];
  onDraft: (draft: Draft) => void;
  back: ReactNode;
}) {
  const [ways, setWays] = useState<ReadonlyMap<string, Way>>(new Map());
  const moved = days.filter(({ date, version }) => version !== (draft.read.get(date)?.version ?? 0));
  const merges = moved.map((day) => {
    return merge(draft.zone, draft.read.get(day.date)?.timeSlots ?? [], slotsOf(draft, day.date), day);
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const chosen = merges.map(({ date, ways: all }): [string, Slot[]] => [date, all[ways.get(date) ?? "both"]]);
        onDraft(rebased(draft, moved, new Map(chosen)));
      }}
    >
      <p>Meanwhile somebody else has edited the same {moved.length === 1 ? "day" : "days"}. Nothing is saved yet.</p>
      {merges.map(({ date, theirs, mine, ways: all, leftOut }) => (
        <fieldset key={date}>
          <legend>{longDate(date)}</legend>
          <dl className="sides">
            <Side name="Theirs" zone={draft.zone} date={date} {...theirs} />
            <Side name="Yours" zone={draft.zone} date={date} {...mine} />
          </dl>
          {WAYS.map(([way, name]) => (
            <label key={way} className="way">
              <input
                type="radio"
                name={`way ${date}`}
                checked={(ways.get(date) ?? "both") === way}
                onChange={() => setWays(new Map(ways).set(date, way))}
              />
              <span>
                <strong>{name}:</strong> {all[way].map((slot) => slotName(draft.zone, date, slot)).join(", ") || "no slots"}
              </span>
            </label>
          ))}
          <ul className="small">
            {leftOutInWords(leftOut[ways.get(date) ?? "both"]).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </fieldset>
      ))}
      <div className="buttons">
        <button className="primary">Go on with this</button>
        {back}
      </div>
    </form>
  );
}

interface SideProps {
  name: string;
  zone: string;
  date: string;
  added: Slot[];
  removed: Slot[];
}

function Side({ name, zone, date, added, removed }: SideProps) {
  const told = [
    ...added.map((slot) => `offered ${slotName(zone, date, slot)}`),
    ...removed.map((slot) => `withdrew ${slotName(zone, date, slot)}`),
  ];
  return (
    <div>
      <dt>{name}</dt>
      <dd>{told.join("; ") || "nothing that still stands"}</dd>
    </div>
  );
}
