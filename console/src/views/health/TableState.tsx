import type { ReactNode } from "react";

import { Badge } from "../../components/Badge";
import { Icon } from "../../components/Icon";
import { Section } from "../../components/Section";
import { Time } from "../../components/Time";
import type { HealthQuery } from "../../graphql";

const KILO = 1024;
const SIZES = ["bytes", "KB", "MB", "GB", "TB"];

/** A size as people say it, such as "1.4 MB". */
export function sizeOf(bytes: number): string {
  const step = bytes < KILO ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(KILO)), SIZES.length - 1);
  const value = bytes / KILO ** step;
  return `${value.toLocaleString("en", { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 })} ${SIZES[step]}`;
}

export function numberOf(value: number | string): string {
  return Number(value).toLocaleString("en");
}

/** The table, its indexes and its protections, as DynamoDB describes them. */
export function Table({ state }: { state: HealthQuery["tableState"] }) {
  if (!state) {
    return (
      <Section title="Table">
        <p className="section-body quiet">The server cannot describe its table.</p>
      </Section>
    );
  }
  return (
    <Section
      title="Table"
      note={state.ready ? <Badge tone="good">Ready</Badge> : <Badge tone="warn">Being created</Badge>}
      className="table-state"
    >
      <div className="section-body">
        {state.warnings.map((warning) => (
          <p key={warning} className="notice warn">
            <Icon name="warning" />
            <span>{warning}</span>
          </p>
        ))}
        <dl className="facts">
          <Fact name="Name">
            <code>{state.name}</code>
          </Fact>
          <Fact name="Items">{numberOf(state.itemCount)}</Fact>
          <Fact name="Size">{sizeOf(Number(state.sizeBytes))}</Fact>
          <Fact name="Billing">{state.payPerRequest ? "On demand" : "Provisioned capacity"}</Fact>
          <Fact name="Expired items">
            <Switch isOn={state.expiryAttribute === "expires"} on="Deleted by DynamoDB" off="Never deleted" />
          </Fact>
          <Fact name="Continuous backups">
            {state.pointInTimeRecovery === null ? (
              <span className="quiet">Not known</span>
            ) : (
              <Switch isOn={state.pointInTimeRecovery} on="On" off="Off" />
            )}
          </Fact>
          <Fact name="Deletion protection">
            <Switch isOn={state.deletionProtection} on="On" off="Off" />
          </Fact>
        </dl>
        <h3>Indexes</h3>
        <ul className="lines">
          {state.indexes.map((index) => (
            <li key={index.name}>
              <div className="two-lines">
                <strong>{index.name}</strong>
                <span className="quiet">
                  {[index.partitionKey, index.sortKey].filter(Boolean).join(" and ")} · {numberOf(index.itemCount)} items
                </span>
              </div>
              {!index.ready ? (
                <Badge tone="warn">Being created</Badge>
              ) : index.projection === "ALL" ? (
                <Badge tone="good">Ready</Badge>
              ) : (
                <Badge tone="bad">{`Holds only ${index.projection}`}</Badge>
              )}
            </li>
          ))}
        </ul>
        <p className="hint">
          Asked <Time at={state.describedAt} />. DynamoDB counts items and bytes every six hours.
        </p>
      </div>
    </Section>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Switch({ isOn, on, off }: { isOn: boolean; on: string; off: string }) {
  return (
    <span className={`switch ${isOn ? "good" : "warn"}`}>
      <Icon name={isOn ? "check" : "warning"} size={15} />
      {isOn ? on : off}
    </span>
  );
}
