import { useId } from "react";
import type { ReactNode } from "react";
import { Chart } from "./Chart";
import type { Draw } from "./Chart";
import { NumbersTable } from "./Numbers";
import type { Numbers } from "./Numbers";

/** What is plotted: its point in words, the plot, and the numbers. */
export interface Plot {
  point: string;
  numbers: Numbers;
  draw: Draw;
  /** As CSS has it, where it depends on the numbers. */
  height?: string;
}

interface ChartFigureProps {
  title: string;
  /** Which room the style sheet reserves. */
  kind: "spans" | "hours" | "times";
  /** Missing: its room is kept. */
  plot: Plot | undefined;
  /** How to read it. */
  children?: ReactNode;
}

/** A plot with its title, its point in words, and its numbers as a table. */
export function ChartFigure({ title, kind, plot, children }: ChartFigureProps) {
  const point = useId();
  return (
    <figure className={`plotted of-${kind}`}>
      <figcaption>
        <h3>{title}</h3>
        <p id={point} className="point">
          {plot?.point ?? "…"}
        </p>
      </figcaption>
      {children}
      <Chart kind={kind} labelledBy={point} draw={plot?.draw} height={plot?.height} />
      <details className={plot ? undefined : "to-come"}>
        <summary>Numbers: {title.toLowerCase()}</summary>
        {plot && <NumbersTable {...plot.numbers} />}
      </details>
    </figure>
  );
}
