import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./style.css";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    {/* Around all, so that nothing is replaced by a word that it is loading: what is there stays until then. */}
    <Suspense>
      <App />
    </Suspense>
  </StrictMode>,
);
