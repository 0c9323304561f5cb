import { Avatar } from "../../components/Avatar";
import { Icon } from "../../components/Icon";
import { ProviderIcon } from "../../components/ProviderIcon";
import { type Column, Table } from "../../components/Table";
import { Time } from "../../components/Time";
import { UserState } from "../../components/UserState";
import type { UsersQuery } from "../../graphql";
import { Link } from "../../router";
import { titleOf } from "../user/types";

type User = NonNullable<UsersQuery["users"]>["nodes"][number];

interface UserTableProps {
  users: readonly User[];
  /** Whether the operator stores when users last signed in. */
  hasSignIns: boolean;
  isStale: boolean;
}

export function UserTable({ users, hasSignIns, isStale }: UserTableProps) {
  const hasAccounts = users.some(({ accounts }) => accounts);
  const columns: Column<User>[] = [
    {
      name: "user",
      title: "User",
      cell: (user) => (
        <div className="user-cell">
          <Avatar user={user} />
          <Link className="row-link" dir="auto" title={titleOf(user)} to={`/users/${encodeURIComponent(user.userId)}`}>
            {user.name?.trim() || user.email || <span className="mono">{user.userId}</span>}
          </Link>
        </div>
      ),
    },
    { name: "email", title: "E-mail", cell: (user) => <Email user={user} /> },
    ...(hasAccounts ? [{ name: "providers", title: "Providers", cell: (user: User) => <Providers user={user} /> }] : []),
    { name: "created", title: "Created", cell: ({ createdAt }) => <When at={createdAt} unknown="Not known" /> },
    ...(hasSignIns
      ? [{ name: "seen", title: "Last sign-in", cell: ({ lastSignInAt }: User) => <When at={lastSignInAt} unknown="Not known" /> }]
      : []),
    { name: "state", title: "State", cell: (user) => <UserState user={user} /> },
  ];
  return (
    <Table
      caption="Users"
      className="users"
      columns={columns}
      rows={users}
      keyOf={({ id }) => id}
      isStale={isStale}
    />
  );
}

function Email({ user: { email, emailVerified } }: { user: User }) {
  if (!email) return <span className="quiet">None</span>;
  return (
    <span className="email">
      <span className="email-text" title={email}>
        {email}
      </span>
      {emailVerified ? (
        <span className="verified" title="Verified">
          <Icon name="check" size={14} label="verified" />
        </span>
      ) : (
        <span className="unseen">not verified</span>
      )}
    </span>
  );
}

function Providers({ user }: { user: User }) {
  const providers = [...new Set(user.accounts?.nodes.map(({ provider }) => provider))];
  if (providers.length === 0) return <span className="quiet">None</span>;
  return (
    <ul className="providers">
      {providers.map((provider) => (
        <li key={provider}>
          <ProviderIcon provider={provider} />
        </li>
      ))}
    </ul>
  );
}

function When({ at, unknown }: { at: string | null; unknown: string }) {
  return at ? <Time at={at} /> : <span className="quiet">{unknown}</span>;
}
