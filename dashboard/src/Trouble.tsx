import { ApiError, NetworkError, TimedOut, TutorNotFound } from "slotledger-client";

/** What went wrong, in words, and what to do. */
export function Trouble({ error, again }: { error: Error; again: () => void }) {
  return (
    <div role="alert" className="trouble">
      <p>{inWords(error)}</p>
      {!(error instanceof TutorNotFound) && <button onClick={again}>Try again</button>}
      {error instanceof ApiError && error.requestId && <p className="small">Request {error.requestId}</p>}
    </div>
  );
}

function inWords(error: Error): string {
  if (error instanceof TutorNotFound) {
    return "There is no such tutor. Perhaps the address was cut short?";
  }
  if (error instanceof NetworkError || error instanceof TimedOut) {
    return "The server can't be reached. Check the connection, then try again.";
  }
  return `That didn't work: ${error.message}.`;
}
