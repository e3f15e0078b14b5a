import { useEffect, useRef, useState } from "react";
import { t } from "../texts";
import type { Size } from "./draw";

type DrawModule = typeof import("./draw");
/** A function that draws a chart of a given size with a function of `draw.ts`. */
export type Draw = (module: DrawModule, size: Size) => Element;

interface ChartProps {
  /** The CSS class that sets the height. */
  kind: string;
  /** The id of the text that describes the chart. */
  labelledBy: string;
  /** Undefined while the numbers are loading. */
  draw: Draw | undefined;
  /** The CSS height, if it depends on the numbers; otherwise undefined. */
  height: string | undefined;
}

/** A chart. It is drawn again when its size changes. Its height is set before it is drawn, so that nothing moves. */
export function Chart({ kind, labelledBy, draw, height }: ChartProps) {
  const container = useRef<HTMLDivElement>(null);
  const [hasFailed, setHasFailed] = useState(false);
  useEffect(() => {
    if (draw === undefined || hasFailed) {
      return;
    }
    let isCurrent = true;
    const redraw = async () => {
      const module = await import("./draw").catch(() => setHasFailed(true));
      const { clientWidth: width, clientHeight: height } = container.current ?? {};
      if (module && isCurrent && width && height) {
        const chart = draw(module, { width, height });
        // Remove the chart's own style sheet: the Content-Security-Policy forbids it. statistics.css has its rules.
        chart.querySelector("style")?.remove();
        chart.setAttribute("aria-hidden", "true"); // the text `labelledBy` describes the chart
        container.current?.replaceChildren(chart);
      }
    };
    const observer = new ResizeObserver(redraw);
    observer.observe(container.current!);
    return () => {
      isCurrent = false;
      observer.disconnect();
    };
  }, [draw, hasFailed]);
  if (hasFailed) {
    return <p className="small">{t.statistics.charts.notLoaded}</p>;
  }
  return <div ref={container} className={`chart ${kind}`} role="img" aria-labelledby={labelledBy} style={{ height }} />;
}
