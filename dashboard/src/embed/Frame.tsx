import { useCallback, useEffect, useState } from "react";
import type { Settings } from "../config";
import { useLanguage } from "../texts";
import { Embedded } from "./Embedded";
import type { BookerEvent } from "./embedding";
import { views } from "../views";
import { recipients, tokenIn } from "./framed";
import type { FrameMessage } from "./framed";

/** The booker in a frame. The page around it sends the token, and is told the height and what the student does. */
export default function Frame({ settings }: { settings: Settings }) {
  useLanguage();
  const { embedders } = settings;
  const [token, setToken] = useState<string | null>(null);
  const [query] = useState(() => location.search.slice(1));
  const send = useCallback(
    (message: FrameMessage) => recipients(embedders).forEach((origin) => window.parent.postMessage(message, origin)),
    [embedders],
  );
  const report = useCallback(({ type, bookings }: BookerEvent) => send({ type: `slotledger:${type}`, bookings }), [send]);
  useEffect(() => {
    const receive = (event: MessageEvent) => {
      const sent = tokenIn(event, embedders);
      if (sent !== undefined) {
        setToken(sent);
      }
    };
    addEventListener("message", receive);
    if (recipients(embedders).length === 0) {
      console.warn("Slotledger: add the origin of the page around this frame to “embedders” in config.json. Until then, the frame takes no token and sends no messages.");
    }
    send({ type: "slotledger:ready" });
    return () => removeEventListener("message", receive);
  }, [send]);
  useEffect(() => {
    document.documentElement.classList.add("in-frame"); // the height of the page is now that of its content
    const root = document.getElementById("root")!;
    const observer = new ResizeObserver(() =>
      send({ type: "slotledger:height", height: Math.ceil(root.getBoundingClientRect().height) }),
    );
    observer.observe(root);
    return () => observer.disconnect();
  }, [send]);
  return <Embedded {...{ views, settings, token, query, report }} />;
}
