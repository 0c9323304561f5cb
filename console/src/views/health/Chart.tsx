import { useEffect, useId, useRef, useState } from "react";

import { numberOf } from "./TableState";

const HEIGHT = 168;
const TOP = 8;
const BOTTOM = 22;
const LEFT = 34;
const GAP = 0.25;
const LABEL_WIDTH = 52;
const LABEL_HALF = 18;

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const longFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });

interface Day {
  start: string;
  count: number | string | null;
}

interface ChartProps {
  title: string;
  noun: [one: string, many: string];
  tone: "accent" | "good";
  days: readonly Day[];
  note?: string | undefined;
}

/** A bar for each day. Whoever cannot see it opens the same numbers as a table. */
export function Chart({ title, noun, tone, days, note }: ChartProps) {
  const id = useId();
  const [frame, width] = useWidth();
  const counted = days.filter(({ count }) => count !== null);
  const total = counted.reduce((sum, { count }) => sum + Number(count), 0);
  const today = days.at(-1)?.count ?? null;
  const said = (count: number | string | null) =>
    count === null ? "not counted" : `${numberOf(count)} ${Number(count) === 1 ? noun[0] : noun[1]}`;
  return (
    <div className="chart">
      <h3 id={id}>{title}</h3>
      <p className="chart-total">
        <strong>{numberOf(total)}</strong>{" "}
        <span className="quiet">
          in {counted.length} {counted.length === 1 ? "day" : "days"}
          {today !== null && `, ${numberOf(today)} today so far`}
        </span>
      </p>
      <div ref={frame} className={`bars ${tone}`}>
        <Bars days={days} width={width} label={`${title}: ${said(total)} in ${counted.length} days`} said={said} />
      </div>
      {counted.length < days.length && (
        <p className="hint">{`${days.length - counted.length} days are not counted: they have too much to read, or are not kept.`}</p>
      )}
      {note && <p className="hint">{note}</p>}
      <details className="chart-table">
        <summary>{`${title} as a table`}</summary>
        <div className="chart-rows" tabIndex={0} role="region" aria-label={`${title} by day`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Day (UTC)</th>
                <th scope="col">{title}</th>
              </tr>
            </thead>
            <tbody>
              {[...days].reverse().map(({ start, count }) => (
                <tr key={start}>
                  <td>{dayFormat.format(new Date(start))}</td>
                  <td>{count === null ? "Not counted" : numberOf(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}

interface BarsProps {
  days: readonly Day[];
  width: number;
  label: string;
  said: (count: Day["count"]) => string;
}

function Bars({ days, width, label, said }: BarsProps) {
  const ticks = ticksOf(Math.max(...days.map(({ count }) => Number(count ?? 0))));
  const most = ticks.at(-1)!;
  const plot = { width: Math.max(width - LEFT, 0), height: HEIGHT - TOP - BOTTOM };
  const step = plot.width / days.length;
  const y = (count: number) => TOP + plot.height * (1 - count / most);
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / step));
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label={label}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line className="grid" x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} />
          <text x={LEFT - 8} y={y(tick)} dy="0.32em" textAnchor="end">
            {shortNumber(tick)}
          </text>
        </g>
      ))}
      {days.map(({ start, count }, index) => {
        const x = LEFT + index * step;
        const date = new Date(start);
        // Labels count from today, which always has one.
        const isLabelled = (days.length - 1 - index) % every === 0 && x + step / 2 > LEFT + LABEL_WIDTH / 3;
        return (
          <g key={start}>
            {count === null ? (
              <rect className="unknown" x={x} y={TOP} width={step} height={plot.height} />
            ) : (
              <rect
                className={index === days.length - 1 ? "bar partial" : "bar"}
                x={x + (step * GAP) / 2}
                y={y(Number(count))}
                width={step * (1 - GAP)}
                height={TOP + plot.height - y(Number(count))}
                rx={Math.min(2, step / 6)}
              />
            )}
            <rect className="hover" x={x} y={TOP} width={step} height={plot.height}>
              <title>{`${longFormat.format(date)}: ${said(count)}`}</title>
            </rect>
            {isLabelled && (
              <text x={Math.min(x + step / 2, width - LABEL_HALF)} y={HEIGHT - 5} textAnchor="middle">
                {dayFormat.format(date)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** Round numbers from 0 to the next one that is not below the most. */
function ticksOf(most: number): number[] {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? 1);
  const count = Math.max(1, Math.ceil(most / size));
  return Array.from({ length: count + 1 }, (_, index) => index * size);
}

const shortFormat = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

function shortNumber(value: number) {
  return shortFormat.format(value);
}

/** The width of an element, which changes with the window. */
function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
