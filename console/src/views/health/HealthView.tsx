import { EmptyState } from "../../components/States";
import { Page } from "../../components/Page";

export function HealthView() {
  return (
    <Page title="Health">
      <EmptyState title="Nothing here yet" />
    </Page>
  );
}
