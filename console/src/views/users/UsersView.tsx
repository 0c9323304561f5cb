import { EmptyState } from "../../components/States";
import { Page } from "../../components/Page";

export function UsersView() {
  return (
    <Page title="Users">
      <EmptyState title="Nothing here yet" />
    </Page>
  );
}
