import { useMemo } from "react";
import { Provider } from "urql";

import { WithCaller } from "./caller";
import { makeClient } from "./client";
import { Toasts } from "./components/Toasts";
import type { Config } from "./config";
import { useKey } from "./key";
import { Layout } from "./Layout";
import { Pictures } from "./pictures";
import { SignIn } from "./SignIn";

export function App({ config }: { config: Config }) {
  const key = useKey();
  const client = useMemo(() => (key ? makeClient(config.graphql, key) : null), [config, key]);
  if (!client || !key) return <SignIn developmentKey={config.developmentKey} />;
  return (
    <Provider value={client}>
      <Pictures value={config.pictures}>
        <WithCaller key={key}>
          <Layout />
        </WithCaller>
        <Toasts />
      </Pictures>
    </Provider>
  );
}
