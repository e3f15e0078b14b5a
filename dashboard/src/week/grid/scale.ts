/** The vertical scale of the week: where a time of the day is drawn. Hours in which nothing happens are folded. */

/** An interval of the day, in minutes since midnight. Folded hours are drawn as one low strip. */
export interface Fold {
  from: number;
  to: number;
}

const DAY_MINUTES = 24 * 60;
const HOUR = 60;
/** A strip of folded hours is as high as this many minutes that aren't folded. */
const FOLD_UNITS = 45;
/** The hours that are never folded, as long as the screen shows a whole day. */
const USUAL_HOURS = { from: 8 * HOUR, to: 21 * HOUR };
/** Fewer minutes aren't folded. */
const MIN_FOLD = 2 * HOUR;

/**
 * A scale from minutes since midnight to a share of the height (0 to 1), and back. `units` is the height in minutes that
 * aren't folded.
 */
export interface Scale {
  folds: readonly Fold[];
  units: number;
  at(minute: number): number;
  minuteAt(share: number): number;
}

/** Return the hours before the first part and after the last part, as far as they are outside the usual hours. */
export function foldsOf(parts: readonly Fold[]): Fold[] {
  const starts = parts.map(({ from }) => Math.floor(from / HOUR) * HOUR);
  const ends = parts.map(({ to }) => Math.ceil(to / HOUR) * HOUR);
  const folds = [
    { from: 0, to: Math.min(USUAL_HOURS.from, ...starts) },
    { from: Math.max(USUAL_HOURS.to, ...ends), to: DAY_MINUTES },
  ];
  return folds.filter(({ from, to }) => to - from >= MIN_FOLD);
}

/** Return the scale of a day with folded hours. The folds are in order, and don't overlap. */
export function scaleOf(folds: readonly Fold[]): Scale {
  const bands: { from: number; to: number; start: number; units: number }[] = [];
  let [minute, units] = [0, 0];
  const add = (to: number, bandUnits: number) => {
    if (to > minute) {
      bands.push({ from: minute, to, start: units, units: bandUnits });
      [minute, units] = [to, units + bandUnits];
    }
  };
  for (const fold of folds) {
    add(fold.from, fold.from - minute);
    add(fold.to, FOLD_UNITS);
  }
  add(DAY_MINUTES, DAY_MINUTES - minute);
  return {
    folds,
    units,
    at(minute) {
      const band = bands.find(({ to }) => minute <= to) ?? bands.at(-1)!;
      return (band.start + ((minute - band.from) / (band.to - band.from)) * band.units) / units;
    },
    minuteAt(share) {
      const unit = Math.min(Math.max(share, 0), 1) * units;
      const band = bands.find((each) => unit <= each.start + each.units) ?? bands.at(-1)!;
      return band.from + ((unit - band.start) / band.units) * (band.to - band.from);
    },
  };
}

/** Return the full hours that get a label: those that aren't inside folded hours. */
export function labelledHours({ folds }: Pick<Scale, "folds">): number[] {
  const hours = Array.from({ length: 23 }, (_, i) => (i + 1) * HOUR);
  return hours.filter((minute) => folds.every(({ from, to }) => minute < from || minute > to || minute === to));
}
