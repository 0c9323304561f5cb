import { Badge } from "../../components/Badge";
import { Section } from "../../components/Section";
import { Time } from "../../components/Time";
import type { HealthQuery } from "../../graphql";
import { numberOf } from "./TableState";

type Last = NonNullable<HealthQuery["lastExamination"]>;

/** What the doctor found when it last went through the whole table. */
export function Examination({ last }: { last: HealthQuery["lastExamination"] }) {
  if (!last) {
    return (
      <Section title="Doctor">
        <div className="section-body">
          <p className="quiet">
            The doctor has not gone through this table yet. It reads every item, compares it with what Auth.js and authgraph write,
            and changes nothing:
          </p>
          <Command text="python server.py doctor" />
        </div>
      </Section>
    );
  }
  const isRepairable = !last.clean && !last.repaired;
  return (
    <Section
      title="Doctor"
      note={last.clean ? <Badge tone="good">No problem</Badge> : <Badge tone="bad">{countOf(last)}</Badge>}
    >
      <div className="section-body">
        <p className="quiet">
          {last.repaired ? "Examined and repaired" : "Examined"} {numberOf(last.itemCount)} items <Time at={last.at} />.
        </p>
        {last.findings.length > 0 && (
          <ul className="lines findings">
            {last.findings.map((finding) => (
              <li key={finding.kind}>
                <details>
                  <summary>
                    <code>{finding.kind}</code>
                    <Numbers finding={finding} />
                  </summary>
                  <p>{finding.meaning ?? "A newer version of the doctor has found this."}</p>
                  {finding.repair && (
                    <p>
                      <strong>Repair:</strong> {finding.repair}
                    </p>
                  )}
                </details>
              </li>
            ))}
          </ul>
        )}
        {isRepairable && (
          <>
            <p className="quiet">To see what a repair would change, and then to repair:</p>
            <Command text={"python server.py doctor --repair --dry-run\npython server.py doctor --repair"} />
          </>
        )}
      </div>
    </Section>
  );
}

function countOf({ findings }: Last) {
  const left = findings.filter(({ wrong }) => wrong).reduce((sum, finding) => sum + Number(finding.left), 0);
  return left === 1 ? "1 problem" : `${numberOf(left)} problems`;
}

function Numbers({ finding: { wrong, found, repaired, left } }: { finding: Last["findings"][number] }) {
  if (Number(left) === 0) return <Badge tone="good">{`${numberOf(repaired)} repaired`}</Badge>;
  if (!wrong) return <Badge>{`${numberOf(found)} odd`}</Badge>;
  return <Badge tone="bad">{`${numberOf(left)} left`}</Badge>;
}

/** A command for the operator's shell. */
export function Command({ text }: { text: string }) {
  return (
    <pre className="command" tabIndex={0} aria-label="Command">
      <code>{text}</code>
    </pre>
  );
}
