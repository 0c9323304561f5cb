/** The mark of authgraph and its name. */
export function Logo() {
  return (
    <span className="logo">
      <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#1f2a44" />
        <path d="M16 9 8 22h16z" fill="none" stroke="#8fb4ff" strokeWidth="2" />
        <g fill="#fff">
          <circle cx="16" cy="9" r="3.5" />
          <circle cx="8" cy="22" r="3.5" />
          <circle cx="24" cy="22" r="3.5" />
        </g>
      </svg>
      authgraph
    </span>
  );
}
