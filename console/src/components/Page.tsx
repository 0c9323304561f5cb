import { type ReactNode, useEffect } from "react";

interface PageProps {
  title: string;
  /** What stands above the title, such as a link back. */
  above?: ReactNode;
  /** One sentence about the view. */
  lead?: ReactNode;
  actions?: ReactNode;
  /** Stands in for the usual heading. It must have an `h1`. */
  heading?: ReactNode;
  children: ReactNode;
}

/** The frame of a view: its title, which is the title of the window as well, its actions and its content. */
export function Page({ title, above, lead, actions, heading, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · authgraph console`;
  }, [title]);
  return (
    <div className="page">
      {above}
      <header className="page-header">
        <div className="page-title">
          {heading ?? <h1>{title}</h1>}
          {lead && <p className="quiet">{lead}</p>}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
