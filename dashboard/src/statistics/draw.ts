// Only this module imports the plotting library, which is large. Chart.tsx loads this module when a chart is drawn.
import { axisX, axisY, barX, barY, cell, gridY, plot, ruleY, text, tickY } from "@observablehq/plot";
import { formatNumber } from "../labels";
import { t } from "../texts";
import { has12Hours, hourName, weekdayOrder } from "../time";
import type { DemandSpan } from "./demand";
import { ceilingOf, thinOut, ticksOf } from "./series";
import type { HourCell, Span } from "./series";
import { shortNumeral, weekdayName } from "./labels";

/** The width of the longest label of a week or month: "Sept 2026". */
const LABEL_WIDTH = 70;

/** The size of a chart, in CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
// The opacity of the squares' colour, for each level from 1 on. On the last level, the text has the background colour
// of the page. On each level, the text has enough contrast in the light and in the dark colour scheme.
const OPACITIES = [0.16, 0.3, 0.48, 1];

/**
 * Draw two bars for each span: upwards for added slots, and downwards for removed slots. The striped end of the lower
 * bar shows the late removals.
 */
export function drawSpans(
  spans: readonly Span[],
  starts: readonly string[],
  nameOf: (start: string) => string,
  { width, height }: Size,
): Element {
  const ceiling = ceilingOf(spans);
  const addedEnd = (span: Span) => Math.min(span.slotsAdded, ceiling);
  const removedEnd = (span: Span) => -Math.min(span.slotsRemoved, ceiling);
  const lateStart = (span: Span) => -Math.min(span.slotsRemoved - span.lateRemovals, ceiling);
  const low = Math.min(...spans.map(removedEnd), 0);
  const high = Math.max(...spans.map(addedEnd), 1);
  const ticks = ticksOf(low, high);
  const labelledStarts = thinOut(starts, (width - 50) / LABEL_WIDTH);
  return plot({
    ...commonOptions(width, height),
    marginTop: 36,
    marginBottom: low === -ceiling ? 44 : 30,
    marginLeft: 44,
    marginRight: 16,
    x: { domain: starts, padding: 0.15 },
    y: { domain: [1.05 * low, 1.05 * high] },
    marks: [
      gridY(ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
      axisY(ticks, {
        label: t.statistics.charts.axisOfChanges,
        labelArrow: "none",
        tickSize: 0,
        tickFormat: (value: number) => shortNumeral(Math.abs(value)),
      }),
      axisX(labelledStarts, { label: null, tickSize: 4, tickFormat: nameOf }),
      barY(spans, {
        x: "start",
        y1: 0,
        y2: addedEnd,
        fill: "var(--added)",
        title: (span: Span) => t.statistics.bar.added(nameOf(span.start), formatNumber(span.slotsAdded)),
      }),
      barY(spans, { x: "start", y1: 0, y2: lateStart, fill: "var(--removed)", title: removedTitle(nameOf) }),
      barY(
        spans.filter((span) => span.lateRemovals > 0),
        {
          x: "start",
          y1: lateStart,
          y2: removedEnd,
          fill: "url(#late)",
          stroke: "var(--late)",
          title: removedTitle(nameOf),
        },
      ),
      ruleY([0], { stroke: "var(--ink)" }),
      ...shortenedMarks(spans.filter((span) => span.slotsAdded > ceiling), (span) => span.slotsAdded, ceiling),
      ...shortenedMarks(spans.filter((span) => span.slotsRemoved > ceiling), (span) => span.slotsRemoved, -ceiling),
    ],
  });
}

/** Return the marks for shortened bars: a gap in each bar, and the number of slots. */
function shortenedMarks(spans: readonly Span[], lengthOf: (span: Span) => number, end: number) {
  return [
    tickY(spans, { x: "start", y: 0.9 * end, stroke: "var(--paper)", strokeWidth: 4 }),
    text(spans, { x: "start", y: end, dy: end > 0 ? -8 : 8, text: (span: Span) => formatNumber(lengthOf(span)) }),
  ];
}

function removedTitle(nameOf: (start: string) => string): (span: Span) => string {
  return (span) =>
    t.statistics.bar.removed(nameOf(span.start), formatNumber(span.slotsRemoved), formatNumber(span.lateRemovals));
}

/** Draw a bar of the offered slots for each span, and in front of it a bar of those that were booked. */
export function drawBooked(
  spans: readonly DemandSpan[],
  starts: readonly string[],
  nameOf: (start: string) => string,
  { width, height }: Size,
): Element {
  const high = Math.max(...spans.map(({ offered }) => offered ?? 0), 1);
  const ticks = ticksOf(0, high);
  const title = ({ start, offered, booked }: DemandSpan) =>
    t.statistics.bar.booked(nameOf(start), formatNumber(booked ?? 0), formatNumber(offered ?? 0));
  return plot({
    ...commonOptions(width, height),
    marginLeft: 44,
    marginRight: 16,
    x: { domain: starts, padding: 0.15 },
    y: { domain: [0, 1.05 * high] },
    marks: [
      gridY(ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
      axisY(ticks, { label: t.statistics.charts.axisOfSlots, labelArrow: "none", tickSize: 0, tickFormat: shortNumeral }),
      axisX(thinOut(starts, (width - 50) / LABEL_WIDTH), { label: null, tickSize: 4, tickFormat: nameOf }),
      barY(spans, { x: "start", y: (span: DemandSpan) => span.offered ?? 0, fill: "var(--added)", fillOpacity: 0.3, title }),
      barY(spans, { x: "start", y: (span: DemandSpan) => span.booked ?? 0, fill: "var(--added)", title }),
      ruleY([0], { stroke: "var(--ink)" }),
    ],
  });
}

/**
 * Draw a square for each hour of a week. If the chart is taller than wide, each hour is a row. Otherwise, each hour is a
 * column.
 */
export function drawHours(cells: readonly HourCell[], { width, height }: Size): Element {
  const hasHourRows = height > width;
  const channels = hasHourRows ? { x: "weekday", y: "hour" } : { x: "hour", y: "weekday" };
  const hours = { domain: HOURS, label: t.statistics.charts.axisOfHours, labelArrow: "none", tickSize: 0 } as const;
  const days = { domain: weekdayOrder(), label: null, tickSize: 0, tickFormat: (day: number) => weekdayName(day) } as const;
  const cellsOf = (level: number) => cells.filter((each) => each.level === level);
  return plot({
    ...commonOptions(width, height),
    marginTop: hasHourRows ? 36 : 8,
    marginLeft: 44,
    marginRight: 4,
    marginBottom: hasHourRows ? 4 : 46,
    padding: 0.06,
    x: hasHourRows ? { ...days, axis: "top" } : { ...hours, tickFormat: columnName },
    y: hasHourRows ? { ...hours, tickFormat: has12Hours() ? hourName : columnName } : days,
    marks: [
      cell(cellsOf(0), { ...channels, fill: "var(--sunk)", title: "title" }),
      text(cellsOf(0), { ...channels, text: "text", fill: "var(--ink)", pointerEvents: "none" }),
      OPACITIES.flatMap((fillOpacity, number) => [
        cell(cellsOf(number + 1), { ...channels, fill: "var(--added)", fillOpacity, title: "title" }),
        text(cellsOf(number + 1), {
          ...channels,
          text: "text",
          fill: number === OPACITIES.length - 1 ? "var(--paper)" : "var(--ink)",
          pointerEvents: "none",
        }),
      ]),
    ],
  });
}

/** Return the name of a column of an hour, which has room for two digits. "9 AM" takes the room of three columns. */
function columnName(hour: number): string {
  return has12Hours() ? (hour % 3 === 0 ? hourName(hour) : "") : String(hour).padStart(2, "0");
}

/** Draw a bar with its number for each time. Pass the times ordered by count, largest first. */
export function drawTimes(times: readonly { time: string; count: number }[], { width, height }: Size): Element {
  return plot({
    ...commonOptions(width, height),
    marginTop: 0,
    marginBottom: 0,
    marginLeft: has12Hours() ? 64 : 48,
    marginRight: 40,
    x: { axis: null, domain: [0, times[0]?.count ?? 1] },
    y: { domain: times.map(({ time }) => time), label: null, tickSize: 0, padding: 0.25 },
    marks: [
      barX(times, { y: "time", x: "count", fill: "var(--removed)" }),
      text(times, { y: "time", x: "count", text: ({ count }) => formatNumber(count), textAnchor: "start", dx: 6 }),
    ],
  });
}

function commonOptions(width: number, height: number) {
  return { width, height, style: { fontSize: "12px" } };
}
