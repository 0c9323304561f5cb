import { useState } from "react";

import { graphql, useFragment, type FragmentType } from "./gql";

const PROFILE = graphql(`
  fragment Profile on User {
    name
    email
    emailVerified
    image
  }
`);

export function Profile(props: { user: FragmentType<typeof PROFILE> }) {
  const user = useFragment(PROFILE, props.user);
  const title = user.name ?? user.email ?? "Without a name";
  return (
    <section className="card profile" aria-label="Profile">
      <Picture key={user.image} image={user.image} initial={title.slice(0, 1)} />
      <div>
        <h2>{title}</h2>
        {user.email && (
          <p>
            {user.email}{" "}
            {user.emailVerified ? <span className="badge good">verified</span> : <span className="badge">not verified</span>}
          </p>
        )}
      </div>
    </section>
  );
}

/** The person's picture, or their initial while there is none to show. */
function Picture({ image, initial }: { image: string | null; initial: string }) {
  const [isBroken, setBroken] = useState(false);
  if (image && !isBroken) {
    return <img className="picture" src={image} alt="" referrerPolicy="no-referrer" onError={() => setBroken(true)} />;
  }
  return (
    <span className="picture" aria-hidden="true">
      {initial.toUpperCase()}
    </span>
  );
}
