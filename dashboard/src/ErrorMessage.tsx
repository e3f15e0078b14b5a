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
import { focusHeading } from "./focus";
import { ReadableError } from "./labels";

/** A message that says what went wrong and what to do. It has a button that calls `retry`, if this may help. */
export function ErrorMessage({ error, retry }: { error: Error; retry?: () => void }) {
  const isFinal = error instanceof TutorNotFound || error instanceof Forbidden || error instanceof Unauthenticated;
  return (
    <div role="alert" className="error">
      <p>{textOf(error)}</p>
      {retry && !isFinal && (
        <button
          onClick={(event) => {
            focusHeading(event.currentTarget);
            retry();
          }}
        >
          Try again
        </button>
      )}
      {error instanceof ApiError && error.requestId && <p className="small">Request {error.requestId}</p>}
    </div>
  );
}

function textOf(error: Error): string {
  if (error instanceof TutorNotFound) {
    return "There is no such tutor. Check that the address is complete.";
  }
  if (error instanceof Unauthenticated) {
    return "You are not signed in any more. Sign out and in again; in the demo, reload the page.";
  }
  if (error instanceof Forbidden) {
    return "This is for the tutor and for admins, and you are signed in as somebody else. Sign in as one of them.";
  }
  if (error instanceof NetworkError || error instanceof TimedOut) {
    return "No answer came from the server. Check the connection, then try again.";
  }
  if (error instanceof Unavailable) {
    return "The server can't do this right now. Try again in a moment.";
  }
  if (error instanceof NotUnderstood && (error.status >= 500 || error.status === 429)) {
    return "The server is busy or restarting. Try again in a moment."; // the answer is from a gateway
  }
  if (error instanceof BodyTooLarge) {
    return "That is too much for one save. Save fewer weeks at a time.";
  }
  if (error instanceof ReadableError) {
    return error.message;
  }
  return `That didn't work: ${error.message.replace(/\.$/, "")}.`;
}
