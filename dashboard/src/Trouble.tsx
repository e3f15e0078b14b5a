import {
  ApiError,
  BodyTooLarge,
  Forbidden,
  NetworkError,
  NotUnderstood,
  TimedOut,
  TutorNotFound,
  Unauthenticated,
  Unavailable,
} from "slotledger-client";
import { leaveToHeading } from "./focus";
import { Told } from "./labels";

/** What went wrong, in words, and what to do. */
export function Trouble({ error, again }: { error: Error; again?: () => void }) {
  const isFinal = error instanceof TutorNotFound || error instanceof Forbidden || error instanceof Unauthenticated;
  return (
    <div role="alert" className="trouble">
      <p>{inWords(error)}</p>
      {again && !isFinal && (
        <button
          onClick={(event) => {
            leaveToHeading(event.currentTarget);
            again();
          }}
        >
          Try again
        </button>
      )}
      {error instanceof ApiError && error.requestId && <p className="small">Request {error.requestId}</p>}
    </div>
  );
}

function inWords(error: Error): string {
  if (error instanceof TutorNotFound) {
    return "There is no such tutor. Perhaps the address was cut short?";
  }
  if (error instanceof Unauthenticated) {
    return "You aren't signed in any more. Sign out and in again; in the demo, reload the page.";
  }
  if (error instanceof Forbidden) {
    return "This is for the tutor and for admins: you are signed in as somebody else.";
  }
  if (error instanceof NetworkError || error instanceof TimedOut) {
    return "The server can't be reached. Check the connection, then try again.";
  }
  if (error instanceof Unavailable) {
    return "The server can't reach its database now. Try again in a moment.";
  }
  if (error instanceof NotUnderstood && (error.status >= 500 || error.status === 429)) {
    return "The server is busy or being restarted. Try again in a moment."; // a gateway's answer, not the server's own
  }
  if (error instanceof BodyTooLarge) {
    return "That is too much for one save. Save it in parts: fewer weeks at once.";
  }
  if (error instanceof Told) {
    return error.message;
  }
  return `That didn't work: ${error.message.replace(/\.$/, "")}.`;
}
