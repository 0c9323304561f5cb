"use strict";

// Starts GraphiQL with what the server wrote into the page.
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const isFirstVisit = window.localStorage.getItem("graphiql:tabState") === null;

  const props = {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname, enableIncrementalDelivery: false }),
    plugins: [GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false })],
    defaultEditorToolsVisibility: settings.headers === null ? "variables" : "headers",
    // A key must not outlive its browser tab; the page brings the development key back by itself.
    shouldPersistHeaders: false,
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

  ReactDOM.createRoot(document.getElementById("graphiql")).render(React.createElement(GraphiQL, props));
})();
