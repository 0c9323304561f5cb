"use strict";

// Starts GraphiQL with what the server wrote into the page.
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const isFirstVisit = window.localStorage.getItem("graphiql:tabState") === null;

  // A key must not outlive its browser tab, so what GraphiQL keeps is kept without headers. Its own switch for that
  // covers the tabs and forgets the history. The page brings the development key back by itself.
  const PREFIX = "graphiql:";
  const HEADERS = PREFIX + "headers";
  const WITH_HEADERS = new Set(["tabState", "queries", "favorites"].map((name) => PREFIX + name));
  const API_KEY = /ag_[0-9a-f]{16}_[0-9a-f]{64}/g;
  const names = () => Object.keys(window.localStorage).filter((name) => name.startsWith(PREFIX));
  const replaceHeaders = (text, headers) => {
    try {
      return JSON.stringify(JSON.parse(text, (name, value) => (name === "headers" ? headers : value)));
    } catch {
      return "";
    }
  };
  const storage = {
    getItem: (name) => {
      const text = window.localStorage.getItem(name);
      return text !== null && WITH_HEADERS.has(name) ? replaceHeaders(text, settings.headers) : text;
    },
    setItem: (name, value) => {
      if (name === HEADERS) return;
      const text = WITH_HEADERS.has(name) ? replaceHeaders(value, null) : value;
      window.localStorage.setItem(name, text.replace(API_KEY, "ag_…"));
    },
    removeItem: (name) => window.localStorage.removeItem(name),
    get length() {
      return names().length;
    },
    clear: () => names().forEach(storage.removeItem),
  };
  // What earlier versions of this page have kept.
  storage.removeItem(HEADERS);
  names().forEach((name) => storage.setItem(name, window.localStorage.getItem(name)));

  const props = {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname, enableIncrementalDelivery: false }),
    plugins: [GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false })],
    // Also without a key, because that is where it goes.
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: false,
    storage,
  };
  if (settings.headers !== null) {
    props.defaultHeaders = settings.headers;
  }
  if (settings.tabs.length > 0) {
    props.defaultTabs = settings.tabs.map((tab) => ({ ...tab, headers: settings.headers }));
    props.defaultQuery = "";
    // GraphiQL opens the first tab without its variables.
    if (isFirstVisit && settings.tabs[0].variables !== null) {
      props.variables = settings.tabs[0].variables;
    }
  }

  const hint =
    settings.headers === null &&
    React.createElement(
      GraphiQL.Footer,
      null,
      React.createElement(
        "p",
        { className: "hint" },
        "Write your API key into the Headers tab: ",
        React.createElement("code", null, '{"Authorization": "Bearer ag_…"}'),
        ", then press ⟳ to load the documentation. The page forgets the key when you close or reload it.",
      ),
    );

  ReactDOM.createRoot(document.getElementById("graphiql")).render(React.createElement(GraphiQL, props, hint));
})();
