import { useEffect, useRef, useState } from "react";
import type { Size } from "./draw";

type Drawings = typeof import("./draw");
/** Draws a plot of a size. */
export type Draw = (drawings: Drawings, size: Size) => Element;

interface ChartProps {
  kind: string;
  labelledBy: string;
  draw: Draw | undefined;
  height: string | undefined;
}

/**
 * A plot, drawn anew whenever its room changes; colours follow the scheme by themselves. The style sheet reserves the
 * room, by `kind`, so that nothing moves when the plot comes. What it shows, `labelledBy` says in words.
 */
export function Chart({ kind, labelledBy, draw, height }: ChartProps) {
  const room = useRef<HTMLDivElement>(null);
  const [isMissing, setIsMissing] = useState(false);
  useEffect(() => {
    if (draw === undefined) {
      return;
    }
    let isWanted = true;
    const redraw = async () => {
      const drawings = await import("./draw").catch(() => setIsMissing(true));
      const { clientWidth: width, clientHeight: height } = room.current ?? {};
      if (drawings && isWanted && width && height) {
        const plot = draw(drawings, { width, height });
        // A style sheet within the page, which the Content-Security-Policy forbids; ours has its rules.
        plot.querySelector("style")?.remove();
        plot.setAttribute("aria-hidden", "true"); // its parts, which have names of their own
        room.current?.replaceChildren(plot);
      }
    };
    const observer = new ResizeObserver(redraw);
    observer.observe(room.current!);
    return () => {
      isWanted = false;
      observer.disconnect();
    };
  }, [draw]);
  if (isMissing) {
    return <p className="small">The plot couldn't be loaded. The numbers are below; reload the page for the plot.</p>;
  }
  return <div ref={room} className={`drawing ${kind}`} role="img" aria-labelledby={labelledBy} style={{ height }} />;
}
