import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { cacheExchange, Client, fetchExchange, Provider } from "urql";

import { AccountPage } from "./AccountPage";
import "./style.css";

const client = new Client({
  url: "/graphql",
  exchanges: [cacheExchange, fetchExchange],
  // A request with a session cookie must be a POST.
  preferGetMethod: false,
});

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Provider value={client}>
      <AccountPage />
    </Provider>
  </StrictMode>,
);
