import { useId } from "react";
import type { ReactNode } from "react";
import { t } from "../texts";
import { Chart } from "./Chart";
import type { Draw } from "./Chart";
import { NumbersTable } from "./Numbers";
import type { Numbers } from "./Numbers";

/** The contents of a figure: a sentence with the main result, the chart, and the numbers as a table. */
export interface FigureContents {
  summary: string;
  numbers: Numbers;
  draw: Draw;
  /** The CSS height of the chart, if it depends on the numbers. */
  height?: string;
}

interface ChartFigureProps {
  title: string;
  /** The kind of chart, which sets its height. */
  kind: "spans" | "hours" | "times";
  /** Undefined while the numbers are loading. */
  contents: FigureContents | undefined;
  /** A legend or note above the chart. */
  children?: ReactNode;
}

/** A chart with a title, a summary and a table of its numbers. */
export function ChartFigure({ title, kind, contents, children }: ChartFigureProps) {
  const summaryId = useId();
  return (
    <figure className={`figure figure-${kind}`}>
      <figcaption>
        <h3>{title}</h3>
        <p id={summaryId} className="summary">
          {contents?.summary ?? "…"}
        </p>
      </figcaption>
      {children}
      <Chart kind={kind} labelledBy={summaryId} draw={contents?.draw} height={contents?.height} />
      <details className={contents ? undefined : "placeholder"}>
        <summary>{t.statistics.charts.numbers(title)}</summary>
        {contents && <NumbersTable {...contents.numbers} />}
      </details>
    </figure>
  );
}
