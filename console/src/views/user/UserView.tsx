import { EmptyState } from "../../components/States";
import { Page } from "../../components/Page";

export function UserView({ userId }: { userId: string }) {
  return (
    <Page title={userId}>
      <EmptyState title="Nothing here yet" />
    </Page>
  );
}
