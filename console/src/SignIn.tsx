import { type FormEvent, useState } from "react";

import { Button } from "./components/Button";
import { Field } from "./components/Field";
import { Icon } from "./components/Icon";
import { Logo } from "./components/Logo";
import { signIn, useSignedOutBecause } from "./key";

/** Asks for an API key. `developmentKey` is offered where the server gives it out. */
export function SignIn({ developmentKey }: { developmentKey: string | null }) {
  const reason = useSignedOutBecause();
  const [key, setKey] = useState("");
  const [isKept, setKept] = useState(false);
  const [error, setError] = useState<string>();

  function submit(event: FormEvent) {
    event.preventDefault();
    const secret = key.trim();
    if (!secret) setError("Paste an API key.");
    // A header holds printable ASCII only.
    else if (!/^[\x21-\x7e]+$/.test(secret)) setError("This is no API key: it has spaces or other characters that keys never have.");
    else signIn(secret, isKept);
  }

  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit} autoComplete="off">
        <Logo />
        <h1>Sign in to the console</h1>
        <p className="quiet">The console can do what your API key may do.</p>
        {reason && (
          <p className="notice bad" role="alert">
            <Icon name="warning" />
            {reason}
          </p>
        )}
        <Field
          label="API key"
          hint="An administrator makes one in the view “API keys”, or with python server.py keys create."
          error={error}
        >
          {(input) => (
            <input
              {...input}
              type="password"
              className="mono"
              placeholder="ag_…"
              autoComplete="off"
              spellCheck={false}
              autoFocus
              value={key}
              onChange={(event) => {
                setKey(event.target.value);
                setError(undefined);
              }}
            />
          )}
        </Field>
        <label className="choice">
          <input type="checkbox" checked={isKept} onChange={(event) => setKept(event.target.checked)} />
          <span>
            Keep it until this tab is closed
            <small>Otherwise a reload forgets it.</small>
          </span>
        </label>
        <Button type="submit" kind="primary">
          Sign in
        </Button>
        {developmentKey && (
          <Button icon="key" onClick={() => signIn(developmentKey, false)}>
            Use the development key
          </Button>
        )}
      </form>
    </main>
  );
}
