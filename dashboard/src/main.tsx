import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { QueryClientProvider } from "@tanstack/react-query";
import { Router } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { App } from "./App";
import { isFramed, themeOfAddress } from "./embed/framed";
import { FOLDER, replacementOf } from "./links";
import { loadTexts } from "./texts";
import { viewersLanguage } from "./texts/language";
import { loadFont } from "./ui/font";
import { applyTheme, readTheme } from "./ui/theme";
import { queryClient } from "./useAnswer";
import "./ui/font.css";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/shell.css";
import "./style.css";

const base = FOLDER.pathname.slice(0, -1);

/** If the address is of version 1, replace it. Such links may be anywhere: in mails, bookmarks and other pages. */
function replaceOldAddress(): void {
  const address = replacementOf(location.hash);
  if (address !== undefined) {
    navigate(base + address, { replace: true });
  }
}

replaceOldAddress();
addEventListener("hashchange", replaceOldAddress); // the viewer has opened such a link while the page was open

applyTheme(isFramed ? themeOfAddress() : readTheme());
loadFont();
void loadTexts(viewersLanguage()).then(() =>
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Router base={base}>
          {/* Suspense is at the top, so that the old view stays while the next view is loading. */}
          <Suspense>
            <App />
          </Suspense>
        </Router>
      </QueryClientProvider>
    </StrictMode>,
  ),
);
