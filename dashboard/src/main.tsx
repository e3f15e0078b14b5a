import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./style.css";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    {/* Suspense is at the top, so that the old view stays while the next view is loading. */}
    <Suspense>
      <App />
    </Suspense>
  </StrictMode>,
);
