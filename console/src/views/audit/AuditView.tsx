import { EmptyState } from "../../components/States";
import { Page } from "../../components/Page";

export function AuditView() {
  return (
    <Page title="Audit log">
      <EmptyState title="Nothing here yet" />
    </Page>
  );
}
