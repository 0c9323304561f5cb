import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { readConfig } from "./config";
import { currentKey, signIn } from "./key";
import { applyTheme } from "./theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/layout.css";
import "./styles/users.css";
import "./styles/user.css";
import "./styles/operations.css";

applyTheme();

// Without an answer the defaults hold: one can still sign in with a key.
const config = await readConfig();
// In development the key is there. After signing out one may still choose another.
if (config.developmentKey && !currentKey()) signIn(config.developmentKey, false);
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App config={config} />
  </StrictMode>,
);
