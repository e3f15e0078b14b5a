import { useState } from "react";
import { Link } from "wouter";
import type { Api, Booking } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import type { FreeSlot } from "../freeSlots";
import { linkWith } from "../links";
import { t } from "../texts";
import { addDays, mondayInWeekOf, rangeName, viewersZone } from "../time";
import { useMedia } from "../useMedia";
import { useQueryState } from "../useQueryState";
import { BackToUsual } from "./BackToUsual";
import { BookingDialog } from "./BookingDialog";
import { DayStrip } from "./DayStrip";
import { DemandChoice, useDemand } from "./Demand";
import { Grid } from "./grid/Grid";
import { IllPanel } from "./IllPanel";
import { MorePanel } from "./MorePanel";
import { Overview } from "./Overview";
import { Review } from "./Review";
import { SlotOptions } from "./SlotOptions";
import { StatusBar } from "./StatusBar";
import { WeekBar } from "./WeekBar";
import { PANELS } from "./WeekBar";
import type { PanelName } from "./WeekBar";
import { ZoneNotice } from "./ZoneNotice";
import { Zones } from "./Zones";
import { slotKey } from "./bookings";
import type { DraftStore, VisibleSlot } from "./draft";
import { usualLength } from "./manyDays";
import { useBookings } from "./useBookings";
import { useEditing } from "./useEditing";
import { suggestedReason, useSaving } from "./useSaving";
import "./week.css";

interface WeekViewProps {
  api: Api;
  tutorId: string;
  isAdmin: boolean;
  /** Whether bookings can be read and changed. */
  hasBookings: boolean;
  /** Whether the tutor can have a usual week. */
  hasSchedules: boolean;
  /** Keeps the draft while another view is open. */
  store: DraftStore;
  /** The query of the address. */
  query: string;
}

/** "Every week" offers a time in as many weeks as follow. A whole year of days doesn't fit into one save. */
const REPEATED_WEEKS = 12;
const WEEK = [0, 1, 2, 3, 4, 5, 6];

/** A tutor's week, which fills the screen. The viewer offers and takes back times, and saves all of it as one change set. */
export default function WeekView({ api, tutorId, isAdmin, hasBookings, hasSchedules, store, query }: WeekViewProps) {
  const state = useQueryState(query);
  const chosenDate = /^\d{4}-\d\d-\d\d$/.exec(state.params.get("date") ?? "")?.[0];
  const editing = useEditing(api, tutorId, store, chosenDate);
  const { draft, hasLoaded, zone, today, weekStart, days, error } = editing;
  const saving = useSaving(api, tutorId, draft, editing.onSaved);
  const { bookings, ...booked } = useBookings(api, tutorId, weekStart, hasBookings);
  const isDemandShown = state.params.has("demand");
  const demand = useDemand(api, tutorId, isDemandShown);
  const [open, setOpen] = useState<{ booking: Booking; target?: FreeSlot }>();
  const panel = PANELS.find((name) => name === state.params.get("panel"));
  const [durationMinutes, setDurationMinutes] = useState(60);
  const isPhone = useMedia("(max-width: 760px)");
  const isPanelOverWeek = useMedia("(max-width: 1180px)");
  const dates = WEEK.map((number) => addDays(weekStart, number));
  const day = chosenDate ?? dates.find((date) => date === today) ?? weekStart;
  const visibleDates = isPhone ? [day] : dates;
  const editableDates = dates.filter((date) => date >= today);
  const isLoading = days.isLoading || booked.isLoading || (!hasLoaded && days.error === undefined);

  /** Show the week of a date, and on a phone the date. */
  function show(date: string) {
    editing.clearError();
    state.change({ date }, { replace: true });
  }

  /** Show the next week, or the week before; on a phone, the day. */
  function page(direction: 1 | -1) {
    show(isPhone ? addDays(day, direction) : mondayInWeekOf(addDays(weekStart, 7 * direction)));
  }

  /** Open a panel, or close it. Back closes it, too. */
  function setPanel(name: PanelName | undefined) {
    if (name === undefined) {
      state.close({ panel: undefined });
    } else {
      state.open({ panel: name });
    }
  }

  /** Do what was pressed in a panel. A panel over the week closes, so that what was done is in sight, and Save. */
  function act(action: () => void) {
    if (isPanelOverWeek) {
      setPanel(undefined);
    }
    action();
  }

  function onSlot(date: string, slot: VisibleSlot) {
    const booking = slot.state === "booked" || slot.state === "held" ? bookings.get(slotKey(date, slot)) : undefined;
    if (booking) {
      setOpen({ booking });
    } else {
      editing.toggle(date, slot);
    }
  }

  function onBookingChanged(message: string) {
    setOpen(undefined);
    editing.showLines([message]);
    editing.reload();
    booked.reload();
  }

  const holidays = hasSchedules ? linkWith("usual", { tutor: tutorId, holidays: "1" }) : undefined;
  const demandChoice = (
    <DemandChoice
      demand={demand}
      isShown={isDemandShown}
      onShow={(isShown) => state.change({ demand: isShown ? "1" : undefined }, { replace: true })}
    />
  );

  return (
    <section className="week-view" aria-labelledby="week" aria-busy={isLoading} data-panel={panel}>
      <WeekBar
        {...{ weekStart, durationMinutes, panel }}
        lastDay={addDays(weekStart, 6)}
        day={isPhone ? day : undefined}
        onDuration={setDurationMinutes}
        onPage={page}
        onToday={() => state.change({ date: undefined }, { replace: true })}
        onPanel={setPanel}
        holidays={holidays}
      >
        {hasLoaded && <Zones zone={zone} dates={dates} />}
      </WeekBar>
      <div className="week-main">
        <div className="notes">
          {error && <ErrorMessage error={error} retry={days.error ? editing.reload : undefined} />}
          {!error && booked.error && <ErrorMessage error={booked.error} retry={booked.reload} />}
          {hasLoaded && <ZoneNotice draft={draft} dates={dates} isBusy={editing.isBusy} onShift={editing.shiftZone} />}
        </div>
        <div className="calendar">
          {hasLoaded && (
            <Grid
              label={rangeName(weekStart, addDays(weekStart, 6))}
              {...{ draft, today, bookings, durationMinutes }}
              dates={visibleDates}
              demand={isDemandShown ? demand.answer : undefined}
              viewersZone={viewersZone()}
              onOffer={(days, from, to) => editing.offer(days, durationMinutes, from, to)}
              onSlot={onSlot}
              onMoveSlot={editing.moveSlot}
              onStretch={(date, slot, minutes) => editing.changeSlot(date, slot, { ...slot, date, durationMinutes: minutes })}
              onMoveBooking={(booking, target) => setOpen({ booking, target })}
              onMissed={() => editing.showLines([t.week.grid.missed])}
              onPage={page}
              options={(date, slot, close) => (
                <SlotOptions
                  {...{ zone, date, slot }}
                  onChange={(change) => editing.changeSlot(date, slot, { ...slot, ...change })}
                  onTakeBack={() => editing.toggle(date, slot)}
                  onRepeat={() => void editing.repeat(date, slot, REPEATED_WEEKS)}
                  onClose={close}
                />
              )}
            />
          )}
        </div>
        <div className="side">
          {panel === "ill" && hasLoaded ? (
            <IllPanel
              {...{ api, tutorId, draft, today, bookings }}
              onShow={show}
              onDone={(update, message) => {
                setPanel(undefined);
                editing.onSaved(new Map(), update, [message]);
                booked.reload();
              }}
              onClose={() => setPanel(undefined)}
            />
          ) : panel === "more" ? (
            <MorePanel
              {...{ weekStart, today, durationMinutes }}
              dates={editableDates}
              isBusy={editing.isBusy || !hasLoaded}
              onWeek={show}
              onOffer={(date, from, minutes) => act(() => editing.offer([date], minutes, from))}
              onCopyLastWeek={() => act(() => void editing.copyWeek(addDays(weekStart, -7), weekStart, 7, t.week.lines.copied))}
              onRepeat={(weeks) =>
                act(() => void editing.copyWeek(weekStart, addDays(weekStart, 7), weeks * 7, t.week.lines.repeated))
              }
              usualLength={usualLength(draft, dates, Date.now())}
              onResize={(from, to) => act(() => void editing.resize(from, to))}
              onClear={(first, last) => act(() => void editing.clearBetween(first, last))}
              onClose={() => setPanel(undefined)}
            >
              {holidays && (
                <Link className="button" href={holidays}>
                  {t.week.bar.holidays}
                </Link>
              )}
              {demandChoice}
              {hasSchedules && hasLoaded && (
                <BackToUsual
                  {...{ api, tutorId, draft }}
                  dates={editableDates}
                  isBusy={editing.isBusy}
                  onDay={(date, slots) => act(() => editing.backToUsual(date, slots))}
                />
              )}
            </MorePanel>
          ) : (
            hasLoaded &&
            !isPhone && (
              <Overview {...{ draft, dates, today, bookings }} onDate={show}>
                {demandChoice}
              </Overview>
            )
          )}
        </div>
      </div>
      {isPhone && hasLoaded && <DayStrip {...{ draft, dates, today, day }} onDay={show} />}
      <StatusBar
        editing={editing}
        isSaving={saving.isSaving}
        isEditedElsewhere={store.isEditedElsewhere}
        error={saving.isOpen ? undefined : saving.error}
        onSave={() => editing.prepareReview() && void saving.save(suggestedReason(draft, isAdmin))}
        onReview={() => editing.prepareReview() && saving.open()}
      />
      {open && (
        <BookingDialog {...{ api, zone, ...open }} onClose={() => setOpen(undefined)} onDone={onBookingChanged} />
      )}
      {saving.isOpen && (
        <Review
          saving={saving}
          isAdmin={isAdmin}
          draft={draft}
          onResolved={(next) => {
            saving.clearError();
            editing.replaceDraft(next);
          }}
        />
      )}
    </section>
  );
}
