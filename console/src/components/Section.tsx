import { type ReactNode, useId } from "react";

interface SectionProps {
  title: string;
  /** Stands beside the title, such as a number. */
  note?: ReactNode;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A card with a title. */
export function Section({ title, note, actions, className, children }: SectionProps) {
  const id = useId();
  return (
    <section className={`card section ${className ?? ""}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span className="quiet">{note}</span>}
        {actions && <div className="section-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
