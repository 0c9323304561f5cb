import { EmptyState } from "../../components/States";
import { Page } from "../../components/Page";

export function KeysView() {
  return (
    <Page title="API keys">
      <EmptyState title="Nothing here yet" />
    </Page>
  );
}
