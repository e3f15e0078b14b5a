import type { WeeklySchedule } from "slotledger-client";
import type { DraftKind, Drafts } from "../useDrafts";
import type { UsualWeek } from "./schedule";

/** An unsaved edit of a usual week: the schedule that it is based on, that schedule in the form, and the form now. */
export interface UsualDraft {
  base: WeeklySchedule;
  start: UsualWeek;
  week: UsualWeek;
}

export type UsualDraftStore = Drafts<UsualDraft>;

/** How drafts are kept. */
export const USUAL_DRAFTS: DraftKind<UsualDraft> = {
  name: "usual",
  isUnsaved: (draft) => draft !== undefined && JSON.stringify(draft.week) !== JSON.stringify(draft.start),
  serialize: (draft) => JSON.stringify(draft),
  parse: (text) => JSON.parse(text),
};
