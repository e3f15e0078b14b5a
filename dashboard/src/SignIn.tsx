import { useState } from "react";
import { t } from "./texts";
import { claimsOf } from "./viewer";

/** A form for the viewer's token. It replaces a view that needs a token while no token is stored. */
export function SignIn({ onToken }: { onToken: (token: string) => void }) {
  const [text, setText] = useState("");
  const [isInvalid, setIsInvalid] = useState(false);
  return (
    <section aria-labelledby="sign-in">
      <h2 id="sign-in">{t.signIn.title}</h2>
      <p>{t.signIn.what}</p>
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
          {t.signIn.token}
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
        <button className="primary">{t.signIn.title}</button>
      </form>
      {isInvalid && (
        <p id="not-a-token" role="alert" className="invalid">
          {t.signIn.invalid}
        </p>
      )}
    </section>
  );
}
