import { useState } from "react";
import { useQuery } from "urql";

import { useChange } from "../../changes";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { Page } from "../../components/Page";
import { Pager } from "../../components/Pager";
import { EmptyState, ErrorState } from "../../components/States";
import { type Column, Table, TableSkeleton } from "../../components/Table";
import { Time } from "../../components/Time";
import { toast } from "../../components/Toasts";
import { ApiKeysDocument, type ApiKeysQuery, RevokeApiKeyDocument } from "../../graphql";
import { scopeName } from "../../Layout";
import { useParameters } from "../../router";
import { NewKeyDialog } from "./NewKeyDialog";
import { POWERFUL } from "./scopes";

type ApiKey = NonNullable<ApiKeysQuery["apiKeys"]>["nodes"][number];

const MOST_SCOPES_SHOWN = 4;
/** A list without keys is read again after one was made, too. */
const CONTEXT = { additionalTypenames: ["ApiKey"] };

/** The keys with which programs and people call the API. */
export function KeysView() {
  const [parameters, change] = useParameters();
  const after = parameters.get("after");
  const showsAll = parameters.get("show") === "all";
  const [{ data, error, fetching }, refetch] = useQuery({
    query: ApiKeysDocument,
    variables: { after },
    requestPolicy: "cache-and-network",
    context: CONTEXT,
  });
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const [revoke] = useChange(RevokeApiKeyDocument);

  const found = data?.apiKeys;
  const shown = found?.nodes.filter((key) => showsAll || stateOf(key) === "active") ?? [];
  const hidden = (found?.nodes.length ?? 0) - shown.length;
  return (
    <Page
      title="API keys"
      lead="Each program and each person should have a key of their own, with the scopes that they need."
      actions={
        <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
          New key
        </Button>
      }
    >
      <label className="choice keys-filter">
        <input type="checkbox" checked={showsAll} onChange={(event) => change({ show: event.target.checked ? "all" : null })} />
        <span>Show revoked and expired keys</span>
      </label>
      {error && !fetching ? (
        <div className="card">
          <ErrorState error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />
        </div>
      ) : !found ? (
        <TableSkeleton rows={5} />
      ) : shown.length === 0 ? (
        <div className="card">
          <EmptyState icon="key" title={hidden > 0 ? "No key of this page is in use" : "There are no keys yet"}>
            <p>
              {hidden > 0
                ? "All of them are revoked or expired."
                : "The administrator key of the settings is not listed, because it is not stored. Make a key for each program that calls the API."}
            </p>
          </EmptyState>
        </div>
      ) : (
        <Table
          caption="API keys"
          className="keys-table"
          columns={columns(setRevoked)}
          rows={shown}
          keyOf={({ id }) => id}
          isStale={fetching}
        />
      )}
      {found && (after || found.pageInfo.hasNextPage) && (
        <Pager
          label="Pages of keys"
          isBusy={fetching}
          onPrevious={after ? () => window.history.back() : null}
          onNext={found.pageInfo.hasNextPage ? () => change({ after: found.pageInfo.endCursor }) : null}
          onFirst={after ? () => change({ after: null }) : null}
        >
          {shown.length === 1 ? "1 key" : `${shown.length} keys`} on this page
        </Pager>
      )}
      {isMaking && <NewKeyDialog onClose={() => setMaking(false)} />}
      {revoked && (
        <Confirm
          title={`Revoke ${revoked.name}?`}
          action="Revoke the key"
          onConfirm={() => revoke({ input: { by: { id: revoked.id } } })}
          onDone={() => {
            toast(`${revoked.name} is revoked. Whoever still uses it is refused from now on.`);
            setRevoked(null);
          }}
          onClose={() => setRevoked(null)}
        >
          <p>
            Whoever uses the key is refused at once, and it cannot be restored.
            {revoked.lastUsedAt ? (
              <>
                {" "}
                It was last used <Time at={revoked.lastUsedAt} />, to the hour.
              </>
            ) : (
              " It was never used."
            )}
          </p>
        </Confirm>
      )}
    </Page>
  );
}

function stateOf({ revokedAt, expires }: ApiKey): "active" | "expired" | "revoked" {
  if (revokedAt) return "revoked";
  return expires && new Date(expires) <= new Date() ? "expired" : "active";
}

function columns(onRevoke: (key: ApiKey) => void): Column<ApiKey>[] {
  return [
    { title: "Name", name: "name", cell: ({ name }) => <strong className="key-name">{name}</strong> },
    { title: "Scopes", name: "scopes", cell: ({ scopes }) => <Scopes scopes={scopes} /> },
    { title: "Created", name: "created", cell: ({ createdAt }) => (createdAt ? <Time at={createdAt} show="date" /> : "–") },
    {
      title: "Last used",
      name: "used",
      cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : <span className="quiet">Never</span>),
    },
    { title: "Expires", name: "expires", cell: (key) => <Expiry apiKey={key} /> },
    {
      title: "Actions",
      name: "actions",
      isTitleHidden: true,
      cell: (key) =>
        stateOf(key) === "active" && (
          <Button isSmall kind="quiet" icon="ban" aria-label={`Revoke ${key.name}`} onClick={() => onRevoke(key)}>
            Revoke
          </Button>
        ),
    },
  ];
}

function Scopes({ scopes }: { scopes: ApiKey["scopes"] }) {
  const shown = scopes.length > MOST_SCOPES_SHOWN + 1 ? scopes.slice(0, MOST_SCOPES_SHOWN) : scopes;
  const more = scopes.length - shown.length;
  return (
    <span className="badges">
      {shown.map((scope) => (
        <Badge key={scope} tone={POWERFUL.has(scope) ? "warn" : "plain"}>
          {scopeName(scope)}
        </Badge>
      ))}
      {more > 0 && (
        <span className="quiet" title={scopes.slice(MOST_SCOPES_SHOWN).map(scopeName).join("\n")}>
          and {more} more
        </span>
      )}
    </span>
  );
}

function Expiry({ apiKey }: { apiKey: ApiKey }) {
  const state = stateOf(apiKey);
  if (apiKey.revokedAt) {
    return (
      <span className="when-and-what">
        <Badge tone="bad">Revoked</Badge> <Time at={apiKey.revokedAt} />
      </span>
    );
  }
  if (!apiKey.expires) return <span className="quiet">Never</span>;
  return (
    <span className="when-and-what">
      {state === "expired" && <Badge>Expired</Badge>} <Time at={apiKey.expires} show="date" />
    </span>
  );
}
