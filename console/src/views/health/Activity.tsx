import { useQuery } from "urql";

import { useCan } from "../../caller";
import { Field } from "../../components/Field";
import { Section } from "../../components/Section";
import { ErrorState, Skeleton } from "../../components/States";
import { SignInsDocument, SignUpsDocument } from "../../graphql";
import { useParameters } from "../../router";
import { Chart } from "./Chart";

const SPANS = ["7", "30", "90"];
const USUAL = "30";

/** Sign-ups and sign-ins of the last days, as far as the key may know of them. */
export function Activity() {
  const can = useCan();
  const [parameters, change] = useParameters();
  const chosen = parameters.get("days") ?? USUAL;
  const days = Number(SPANS.includes(chosen) ? chosen : USUAL);
  if (!can("USERS_READ") && !can("AUDIT_READ")) return null;
  return (
    <Section
      title="Activity"
      className="activity"
      actions={
        <Field label="Days" isLabelHidden>
          {(input) => (
            <select {...input} value={days} onChange={(event) => change({ days: event.target.value === USUAL ? null : event.target.value })}>
              {SPANS.map((span) => (
                <option key={span} value={span}>
                  Last {span} days
                </option>
              ))}
            </select>
          )}
        </Field>
      }
    >
      <div className="charts">
        {can("USERS_READ") && <SignUps days={days} />}
        {can("AUDIT_READ") && <SignIns days={days} />}
      </div>
    </Section>
  );
}

function SignUps({ days }: { days: number }) {
  const [{ data, error }, refetch] = useQuery({ query: SignUpsDocument, variables: { days }, requestPolicy: "cache-and-network" });
  if (error && !data) return <ErrorState error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />;
  if (!data) return <Skeleton lines={5} label="Counting sign-ups" />;
  if (!data.signUps) {
    return (
      <Missing title="Sign-ups">
        They are counted from the list <code>created</code> of the directory, which is off.
      </Missing>
    );
  }
  return (
    <Chart
      title="Sign-ups"
      noun={["sign-up", "sign-ups"]}
      tone="accent"
      days={data.signUps.days}
      note={data.signUps.complete ? undefined : "The list of users is not whole: some may be missing."}
    />
  );
}

function SignIns({ days }: { days: number }) {
  const [{ data, error }, refetch] = useQuery({ query: SignInsDocument, variables: { days }, requestPolicy: "cache-and-network" });
  if (error && !data) return <ErrorState error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />;
  if (!data) return <Skeleton lines={5} label="Counting sign-ins" />;
  if (!data.signIns) return <Missing title="Sign-ins">They are counted from the audit log, which is off.</Missing>;
  return (
    <Chart
      title="Sign-ins"
      noun={["sign-in", "sign-ins"]}
      tone="good"
      days={data.signIns.days}
      note="From the audit log: sessions stored through this API, without JWT sessions."
    />
  );
}

function Missing({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div className="chart">
      <h3>{title}</h3>
      <p className="quiet">{children}</p>
    </div>
  );
}
