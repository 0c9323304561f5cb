import { type ReactNode, useEffect, useRef, useState } from "react";

import { useCan, useScopes } from "./caller";
import { Button } from "./components/Button";
import { Icon, type IconName } from "./components/Icon";
import { Logo } from "./components/Logo";
import { Page } from "./components/Page";
import { EmptyState } from "./components/States";
import { signOut } from "./key";
import { Link, match, navigate, useLocation } from "./router";
import { ROUTES } from "./routes";
import { type Theme, useTheme } from "./theme";
import { useWaits } from "./waiting";

const THEME_ICONS: Record<Theme, IconName> = { system: "screen", light: "sun", dark: "moon" };

/** The navigation, and the view that the address names. */
export function Layout() {
  const can = useCan();
  const { path } = useLocation();
  const offered = ROUTES.filter(({ needs }) => can(...needs));
  const start = offered[0];
  const main = useRef<HTMLElement>(null);

  useEffect(() => {
    if (path === "/" && start) navigate(start.path, { replace: true });
  }, [path, start]);

  // A new view is read from its beginning, as a new page would be.
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    main.current?.focus({ preventScroll: true });
  }, [path]);

  return (
    <div className="layout">
      <a className="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        Skip to the content
      </a>
      <aside className="sidebar">
        <Link to={start?.path ?? "/"} className="home" aria-label="authgraph console">
          <Logo />
        </Link>
        <nav aria-label="Views">
          {offered.map(
            ({ path: to, title, icon }) =>
              icon && (
                <Link key={to} to={to} aria-current={path === to ? "page" : path.startsWith(`${to}/`) ? "true" : undefined}>
                  <Icon name={icon} />
                  {title}
                </Link>
              ),
          )}
        </nav>
        <Tools />
      </aside>
      <main id="main" ref={main} tabIndex={-1}>
        <Waiting />
        <View path={path} />
      </main>
    </div>
  );
}

function View({ path }: { path: string }) {
  const can = useCan();
  for (const { path: pattern, needs, view } of ROUTES) {
    const parameters = match(pattern, path);
    if (!parameters) continue;
    if (can(...needs)) return view(parameters);
    return (
      <Instead icon="key" title="This key may not see this view">
        It needs {needs.map(scopeName).join(" and ")}. Sign in with another key.
      </Instead>
    );
  }
  if (path === "/") {
    return (
      <Instead icon="key" title="This key may not see anything here">
        The console needs a key with users:read, audit:read, health:read or admin.
      </Instead>
    );
  }
  return (
    <Instead icon="search" title="There is no such view">
      The address may be misspelt. Choose a view from the navigation.
    </Instead>
  );
}

/** What stands where a view would be. */
function Instead({ icon, title, children }: { icon: IconName; title: string; children: ReactNode }) {
  return (
    <Page title={title} heading={<h1 className="unseen">Console</h1>}>
      <div className="card">
        <EmptyState icon={icon} title={title}>
          <p>{children}</p>
        </EmptyState>
      </div>
    </Page>
  );
}

/** A scope as the documentation and the command line write it: `users:read`. */
export function scopeName(scope: string) {
  return scope.toLowerCase().replace("_", ":");
}

function Tools() {
  const [theme, changeTheme] = useTheme();
  const scopes = useScopes();
  const count = [...scopes].filter((scope) => scope !== "ADMIN" && scope !== "ADAPTER").length;
  return (
    <div className="tools">
      <p className="caller" title={[...scopes].map(scopeName).join("\n")}>
        <Icon name="key" size={16} />
        {scopes.has("ADMIN") ? "Administrator key" : `Key with ${count} ${count === 1 ? "scope" : "scopes"}`}
      </p>
      <Button kind="quiet" icon={THEME_ICONS[theme]} onClick={changeTheme} aria-label={`Colours: ${theme}. Change`} title={`Colours: ${theme}`} />
      <Button kind="quiet" icon="exit" onClick={() => signOut()} aria-label="Sign out" title="Sign out" />
    </div>
  );
}

/** Says that requests wait, and for how long. */
function Waiting() {
  const waits = useWaits();
  const [now, setNow] = useState(Date.now);
  const isWaiting = waits.length > 0;
  useEffect(() => {
    if (!isWaiting) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isWaiting]);
  const last = waits.at(-1);
  if (!last) return null;
  const seconds = Math.max(1, Math.ceil((last.until - now) / 1000));
  return (
    <div className="notice warn waiting">
      <Icon name="clock" />
      <p>
        <span role="status">
          {last.code === "THROTTLED" ? "The rate limit of this key is used up." : "The server cannot answer right now."} It goes on by itself
        </span>{" "}
        in {seconds} {seconds === 1 ? "second" : "seconds"}.
      </p>
    </div>
  );
}
