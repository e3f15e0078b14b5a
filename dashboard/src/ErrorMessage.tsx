import { useContext } from "react";
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
import { Embedding } from "./embed/embedding";
import { focusHeading } from "./focus";
import { ReadableError } from "./labels";
import { t } from "./texts";

/** A message that says what went wrong and what to do. It has a button that calls `retry`, if this may help. */
export function ErrorMessage({ error, retry }: { error: Error; retry?: () => void }) {
  const isEmbedded = useContext(Embedding) !== null;
  const isFinal = error instanceof TutorNotFound || error instanceof Forbidden || error instanceof Unauthenticated;
  return (
    <div role="alert" className="error">
      <p>{isEmbedded && error instanceof Unauthenticated ? t.book.embedded.signedOut : textOf(error)}</p>
      {retry && !isFinal && (
        <button
          onClick={(event) => {
            focusHeading(event.currentTarget);
            retry();
          }}
        >
          {t.tryAgain}
        </button>
      )}
      {error instanceof ApiError && error.requestId && <p className="small">{t.errors.request(error.requestId)}</p>}
    </div>
  );
}

function textOf(error: Error): string {
  if (error instanceof TutorNotFound) {
    return t.errors.noTutor;
  }
  if (error instanceof Unauthenticated) {
    return t.errors.signedOut;
  }
  if (error instanceof Forbidden) {
    return t.errors.forbidden;
  }
  if (error instanceof NetworkError || error instanceof TimedOut) {
    return t.errors.noAnswer;
  }
  if (error instanceof Unavailable) {
    return t.errors.unavailable;
  }
  if (error instanceof NotUnderstood && (error.status >= 500 || error.status === 429)) {
    return t.errors.busy; // the answer is from a gateway
  }
  if (error instanceof BodyTooLarge) {
    return t.errors.tooLarge;
  }
  if (error instanceof ReadableError) {
    return error.message;
  }
  return t.errors.other(error.message.replace(/\.$/, ""));
}
