import { useState } from "react";
import { claimsOf } from "./viewer";

/** A form for the viewer's token. It replaces a view that needs a token while no token is stored. */
export function SignIn({ onToken }: { onToken: (token: string) => void }) {
  const [text, setText] = useState("");
  const [isInvalid, setIsInvalid] = useState(false);
  return (
    <section aria-labelledby="sign-in">
      <h2 id="sign-in">Sign in</h2>
      <p>A tutor's week, its history and its statistics are for the tutor and for admins.</p>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          const token = text.trim();
          if (claimsOf(token) === null) {
            setIsInvalid(true);
          } else {
            onToken(token);
          }
        }}
      >
        <label>
          Token of your web app (JWT)
          <input
            type="password"
            autoComplete="off"
            required
            value={text}
            aria-invalid={isInvalid}
            aria-describedby={isInvalid ? "not-a-token" : undefined}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <button>Sign in</button>
      </form>
      {isInvalid && (
        <p id="not-a-token" role="alert" className="invalid">
          That is not a token. A token has three parts with dots between them: copy all of it.
        </p>
      )}
    </section>
  );
}
