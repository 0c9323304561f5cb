import { Badge } from "../../components/Badge";
import { Section } from "../../components/Section";
import { Time } from "../../components/Time";
import type { DirectoryList, HealthQuery } from "../../graphql";
import { Command } from "./Examination";
import { numberOf } from "./TableState";

const TITLES: Record<DirectoryList, string> = {
  EMAIL: "By e-mail address",
  CREATED: "By creation",
  SIGNED_IN: "By last sign-in",
  NAME: "By name",
};

interface DirectoryProps {
  directory: NonNullable<HealthQuery["directory"]> | null;
  userCount: NonNullable<HealthQuery["userCount"]> | null;
}

/** The lists of users, whether they are whole, and what to run if not. */
export function Directory({ directory, userCount }: DirectoryProps) {
  const lists = directory?.lists ?? [];
  return (
    <Section
      title="Directory"
      note={
        lists.length === 0 ? (
          <Badge>Off</Badge>
        ) : directory?.complete ? (
          <Badge tone="good">Complete</Badge>
        ) : (
          <Badge tone="warn">Not complete</Badge>
        )
      }
    >
      <div className="section-body">
        {lists.length === 0 ? (
          <p className="quiet">
            No lists are kept, so users are listed in the order of the table. <code>AUTHGRAPH_DIRECTORY_INDEX_NAME</code> and{" "}
            <code>AUTHGRAPH_DIRECTORY_LISTS</code> turn them on.
          </p>
        ) : (
          <ul className="lines">
            {lists.map(({ list, complete, builtAt }) => (
              <li key={list}>
                <div className="two-lines">
                  <strong>{TITLES[list]}</strong>
                  <span className="quiet">
                    {builtAt ? (
                      <>
                        Built <Time at={builtAt} />
                      </>
                    ) : (
                      "Some users may be missing"
                    )}
                  </span>
                </div>
                {complete ? <Badge tone="good">Complete</Badge> : <Badge tone="warn">Not whole</Badge>}
              </li>
            ))}
          </ul>
        )}
        {userCount && (
          <p className="quiet">
            {numberOf(userCount.value)} users, counted <Time at={userCount.countedAt} />.
          </p>
        )}
        {lists.length > 0 && !directory?.complete && (
          <>
            <p className="quiet">To give every user their place in the lists:</p>
            <Command text="python server.py directory build" />
          </>
        )}
      </div>
    </Section>
  );
}
