import { useEffect, useRef, useState } from "react";
import type { Size } from "./draw";

type DrawModule = typeof import("./draw");
/** Draws a chart of a size with the functions of `draw.ts`. */
export type Draw = (module: DrawModule, size: Size) => Element;

interface ChartProps {
  /** The CSS class that sets the height. */
  kind: string;
  /** The id of the text that describes the chart. */
  labelledBy: string;
  /** Undefined while the numbers are loading. */
  draw: Draw | undefined;
  /** The CSS height, if it depends on the numbers. */
  height: string | undefined;
}

/** A chart, drawn again when its size changes. Its height is fixed before it is drawn, so that nothing moves. */
export function Chart({ kind, labelledBy, draw, height }: ChartProps) {
  const container = useRef<HTMLDivElement>(null);
  const [hasFailed, setHasFailed] = useState(false);
  useEffect(() => {
    if (draw === undefined) {
      return;
    }
    let isCurrent = true;
    const redraw = async () => {
      const module = await import("./draw").catch(() => setHasFailed(true));
      const { clientWidth: width, clientHeight: height } = container.current ?? {};
      if (module && isCurrent && width && height) {
        const chart = draw(module, { width, height });
        // The Content-Security-Policy forbids inline style sheets: statistics.css has these rules.
        chart.querySelector("style")?.remove();
        chart.setAttribute("aria-hidden", "true"); // `labelledBy` describes it
        container.current?.replaceChildren(chart);
      }
    };
    const observer = new ResizeObserver(redraw);
    observer.observe(container.current!);
    return () => {
      isCurrent = false;
      observer.disconnect();
    };
  }, [draw]);
  if (hasFailed) {
    return <p className="small">The chart couldn't be loaded. The numbers are below; reload the page for the chart.</p>;
  }
  return <div ref={container} className={`chart ${kind}`} role="img" aria-labelledby={labelledBy} style={{ height }} />;
}
