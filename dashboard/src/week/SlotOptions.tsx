import { useEffect, useId, useRef, useState } from "react";
import type { FormEvent } from "react";
import { slotName } from "../clock";
import { t } from "../texts";
import { longDate } from "../time";
import type { VisibleSlot } from "./draft";

interface SlotOptionsProps {
  /** The tutor's zone. */
  zone: string;
  date: string;
  slot: VisibleSlot;
  onChange: (change: { date: string; time: string; durationMinutes: number }) => void;
  onTakeBack: () => void;
  /** Offer it every week. */
  onRepeat: () => void;
  onClose: () => void;
}

const LENGTHS = [30, 45, 60, 90];

/** What can be changed in a slot that is offered: its start and length. Everything here can be done by a drag, too. */
export function SlotOptions({ zone, date, slot, onChange, onTakeBack, onRepeat, onClose }: SlotOptionsProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [form, setForm] = useState({ date, time: slot.time, durationMinutes: slot.durationMinutes });
  useEffect(() => {
    box.current!.querySelector<HTMLElement>("input")!.focus();
    const closeOutside = (event: PointerEvent) => box.current!.contains(event.target as Node) || onClose();
    document.addEventListener("pointerdown", closeOutside);
    return () => document.removeEventListener("pointerdown", closeOutside);
  }, []);
  function submit(event: FormEvent) {
    event.preventDefault();
    onChange(form);
    onClose();
  }
  return (
    <div ref={box} role="dialog" aria-labelledby={id} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <form className="popover" onSubmit={submit}>
      <h3 id={id}>
        {longDate(date)}, {slotName(zone, date, slot)}
      </h3>
      <label>
        {t.week.slot.day}
        <input type="date" required value={form.date} onChange={(event) => setForm({ ...form, date: event.target.value })} />
      </label>
      <label>
        {t.week.slot.start}
        <input type="time" required value={form.time} onChange={(event) => setForm({ ...form, time: event.target.value })} />
      </label>
      <label>
        {t.week.slot.minutes}
        <input
          type="number"
          min={5}
          max={720}
          required
          list={`${id}-lengths`}
          value={form.durationMinutes || ""}
          onChange={(event) => setForm({ ...form, durationMinutes: event.target.valueAsNumber || 0 })}
        />
      </label>
      <datalist id={`${id}-lengths`}>
        {LENGTHS.map((minutes) => (
          <option key={minutes} value={minutes} />
        ))}
      </datalist>
      <div className="buttons">
        <button className="primary">{t.week.slot.change}</button>
        <button
          type="button"
          onClick={() => {
            onTakeBack();
            onClose();
          }}
        >
          {t.week.slot.takeBack}
        </button>
        <button
          type="button"
          onClick={() => {
            onRepeat();
            onClose();
          }}
        >
          {t.week.slot.everyWeek}
        </button>
        <button type="button" className="quiet" onClick={onClose}>
          {t.close}
        </button>
      </div>
      </form>
    </div>
  );
}
