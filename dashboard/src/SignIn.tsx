import { useState } from "react";
import { claimsOf } from "./viewer";

/** Asks for a token, where the web app around the dashboard hasn't left one. */
export function SignIn({ onToken }: { onToken: (token: string) => void }) {
  const [given, setGiven] = useState("");
  const [isWrong, setIsWrong] = useState(false);
  return (
    <section aria-labelledby="sign-in">
      <h2 id="sign-in">Sign in</h2>
      <p>A tutor's week, its history and its statistics are for the tutor and for admins.</p>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          const token = given.trim();
          if (claimsOf(token) === null) {
            setIsWrong(true);
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
            value={given}
            aria-invalid={isWrong}
            aria-describedby={isWrong ? "not-a-token" : undefined}
            onChange={(event) => setGiven(event.target.value)}
          />
        </label>
        <button>Sign in</button>
      </form>
      {isWrong && (
        <p id="not-a-token" role="alert" className="wrong">
          That isn't a token: it has three parts with dots between them. Copy all of it.
        </p>
      )}
    </section>
  );
}
