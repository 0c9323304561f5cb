import { useQuery } from "urql";

import { useCan } from "../../caller";
import { Button } from "../../components/Button";
import { Page } from "../../components/Page";
import { ErrorState, Skeleton } from "../../components/States";
import { HealthDocument } from "../../graphql";
import { Activity } from "./Activity";
import { Directory } from "./Directory";
import { Examination } from "./Examination";
import { Table } from "./TableState";

/** How the table is, what the doctor found last, and how many people come. */
export function HealthView() {
  const can = useCan();
  const [{ data, error, fetching }, refetch] = useQuery({
    query: HealthDocument,
    variables: { withUsers: can("USERS_READ") },
    requestPolicy: "cache-and-network",
  });
  return (
    <Page
      title="Health"
      lead="The table, the directory, the last run of the doctor, and the last days."
      actions={
        <Button icon="refresh" isBusy={fetching} onClick={() => refetch({ requestPolicy: "network-only" })}>
          Refresh
        </Button>
      }
    >
      <Activity />
      {error && !fetching && (
        <div className="card">
          <ErrorState error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />
        </div>
      )}
      {data ? (
        <div className="health-grid">
          <Table state={data.tableState} />
          <div className="health-column">
            <Examination last={data.lastExamination} />
            {can("USERS_READ") && <Directory directory={data.directory ?? null} userCount={data.userCount ?? null} />}
          </div>
        </div>
      ) : (
        !error && (
          <div className="card section-body">
            <Skeleton lines={6} label="Loading the state of the table" />
          </div>
        )
      )}
    </Page>
  );
}
