import type { WeeklySchedule } from "slotledger-client";
import type { UsualWeek } from "./schedule";

/** An unsaved edit of a usual week: the schedule that it is based on, that schedule in the form, and the form now. */
export interface UsualDraft {
  base: WeeklySchedule;
  start: UsualWeek;
  week: UsualWeek;
}

/** A store for the draft of a tutor. It keeps the draft while another view is open. */
export interface UsualDraftStore {
  get(): UsualDraft | undefined;
  set(draft: UsualDraft): void;
}

export function isUsualUnsaved(draft: UsualDraft | undefined): boolean {
  return draft !== undefined && JSON.stringify(draft.week) !== JSON.stringify(draft.start);
}
