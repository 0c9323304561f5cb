import { useState } from "react";

import { useChange } from "../../changes";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { Section } from "../../components/Section";
import { toast } from "../../components/Toasts";
import { RemovePasskeyDocument } from "../../graphql";
import { Force } from "./Accounts";
import type { Passkey } from "./types";

const TRANSPORTS: Record<string, string> = { internal: "this device", usb: "USB", nfc: "NFC", ble: "Bluetooth", hybrid: "a phone" };

/** The passkeys with which the user signs in. */
export function Passkeys({ passkeys, mayWrite }: { passkeys: readonly Passkey[]; mayWrite: boolean }) {
  const [asked, setAsked] = useState<Passkey | null>(null);
  const [isForced, setForced] = useState(false);
  const [isLast, setLast] = useState(false);
  const [removePasskey] = useChange(RemovePasskeyDocument);

  function close() {
    setAsked(null);
    setForced(false);
    setLast(false);
  }

  return (
    <Section title="Passkeys" note={passkeys.length}>
      {passkeys.length === 0 ? (
        <p className="section-body quiet">No passkey.</p>
      ) : (
        <ul className="items">
          {passkeys.map((passkey) => (
            <li key={passkey.id}>
              <span className="item-icon">
                <Icon name="passkey" />
              </span>
              <div className="item-text">
                <p className="item-title">{passkey.deviceType === "MULTI_DEVICE" ? "Synced passkey" : "Passkey of one device"}</p>
                <p className="item-note">
                  <span className="mono clip" title={passkey.credentialId}>
                    {passkey.credentialId}
                  </span>
                  {passkey.transports && passkey.transports.length > 0 && (
                    <span>by {passkey.transports.map((each) => TRANSPORTS[each] ?? each).join(", ")}</span>
                  )}
                  {passkey.backedUp && <span>backed up</span>}
                </p>
              </div>
              {mayWrite && (
                <Button isSmall onClick={() => setAsked(passkey)} aria-label={`Remove the passkey ${passkey.credentialId.slice(0, 12)}`}>
                  Remove
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {asked && (
        <Confirm
          title="Remove this passkey?"
          action="Remove"
          onConfirm={async () => {
            const outcome = await removePasskey({ input: { by: { id: asked.id }, force: isForced } });
            if (outcome.rejection?.has("LAST_SIGN_IN")) setLast(true);
            return outcome;
          }}
          onDone={() => {
            close();
            toast("The passkey is removed.");
          }}
          onClose={close}
        >
          <p>The user can no longer sign in with it. Their device still lists it until they remove it there.</p>
          {isLast && <Force isForced={isForced} onChange={setForced} />}
        </Confirm>
      )}
    </Section>
  );
}
