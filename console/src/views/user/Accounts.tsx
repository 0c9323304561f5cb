import { useState } from "react";

import { useChange } from "../../changes";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { providerName, ProviderIcon } from "../../components/ProviderIcon";
import { Section } from "../../components/Section";
import { toast } from "../../components/Toasts";
import { UnlinkAccountDocument } from "../../graphql";
import type { Account, FullUser } from "./types";

interface AccountsProps {
  user: FullUser;
  accounts: NonNullable<FullUser["accounts"]>;
  mayWrite: boolean;
}

/** The accounts with which the user signs in. */
export function Accounts({ user, accounts: { nodes, pageInfo }, mayWrite }: AccountsProps) {
  const [asked, setAsked] = useState<Account | null>(null);
  const [isForced, setForced] = useState(false);
  const [isLast, setLast] = useState(false);
  const [unlink] = useChange(UnlinkAccountDocument);

  function close() {
    setAsked(null);
    setForced(false);
    setLast(false);
  }

  return (
    <Section title="Accounts" note={pageInfo.hasNextPage ? `${nodes.length}+` : nodes.length}>
      {nodes.length === 0 ? (
        <p className="section-body quiet">No linked account. {otherWays(user)}</p>
      ) : (
        <ul className="items">
          {nodes.map((account) => (
            <li key={account.id}>
              <ProviderIcon provider={account.provider} isNamed />
              <div className="item-text">
                <p className="item-title">{providerName(account.provider)}</p>
                <p className="item-note">
                  <span className="mono">{account.providerAccountId}</span>
                  <span>{account.type}</span>
                </p>
              </div>
              {mayWrite && (
                <Button isSmall onClick={() => setAsked(account)} aria-label={`Unlink ${providerName(account.provider)}`}>
                  Unlink
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {asked && (
        <Confirm
          title={`Unlink ${providerName(asked.provider)}?`}
          action="Unlink"
          onConfirm={async () => {
            const outcome = await unlink({ input: { by: { id: asked.id }, force: isForced } });
            if (outcome.rejection?.has("LAST_SIGN_IN")) setLast(true);
            return outcome;
          }}
          onDone={() => {
            close();
            toast(`${providerName(asked.provider)} is unlinked.`);
          }}
          onClose={close}
        >
          <p>
            The user can no longer sign in with the account <code>{asked.providerAccountId}</code> at {providerName(asked.provider)}.
            Its tokens are deleted. Sessions go on.
          </p>
          {isLast && <Force isForced={isForced} onChange={setForced} />}
        </Confirm>
      )}
    </Section>
  );
}

/** Offered once the server has said that the user could not sign in any more. */
export function Force({ isForced, onChange }: { isForced: boolean; onChange: (isForced: boolean) => void }) {
  return (
    <label className="choice">
      <input type="checkbox" checked={isForced} onChange={(event) => onChange(event.target.checked)} />
      <span>
        Do it nevertheless
        <small>Then nobody can sign in as this user.</small>
      </span>
    </label>
  );
}

/** How somebody without a linked account signs in. */
function otherWays({ email, authenticators }: FullUser) {
  const hasPasskey = Boolean(authenticators?.nodes.length);
  if (email) return hasPasskey ? "The user can sign in by e-mail, or with a passkey." : "The user can sign in by e-mail only.";
  if (hasPasskey) return "The user signs in with a passkey.";
  return "Without an e-mail address and a passkey, nobody can sign in as this user.";
}
