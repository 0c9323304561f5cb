import { Icon } from "./Icon";

/** The names of providers whose ids do not say them well. */
const NAMES: Record<string, string> = {
  github: "GitHub",
  gitlab: "GitLab",
  linkedin: "LinkedIn",
  tiktok: "TikTok",
  "microsoft-entra-id": "Microsoft",
  "azure-ad": "Microsoft",
  "aws-cognito": "Amazon Cognito",
  cognito: "Amazon Cognito",
  auth0: "Auth0",
  nodemailer: "E-mail",
  email: "E-mail",
  resend: "E-mail",
  sendgrid: "E-mail",
  passkey: "Passkey",
  webauthn: "Passkey",
};

const MARKS: Record<string, { box: number; paths: [path: string, fill?: string][] }> = {
  GitHub: {
    box: 16,
    paths: [
      [
        "M8 0c4.42 0 8 3.58 8 8a8.01 8.01 0 0 1-5.45 7.59c-.4.08-.55-.17-.55-.38 0-.27.01-1.13.01-2.2 0-.75-.25-1.23-.54-1.48 1.78-.2 3.65-.88 3.65-3.95 0-.88-.31-1.59-.82-2.15.08-.2.36-1.02-.08-2.12 0 0-.67-.22-2.2.82a7.6 7.6 0 0 0-4 0c-1.53-1.03-2.2-.82-2.2-.82-.44 1.1-.16 1.92-.08 2.12-.51.56-.82 1.28-.82 2.15 0 3.06 1.86 3.75 3.64 3.95-.23.2-.44.55-.51 1.07-.46.21-1.61.55-2.33-.66-.15-.24-.6-.83-1.23-.82-.67.01-.27.38.01.53.34.19.73.9.82 1.13.16.45.68 1.31 2.69.94 0 .67.01 1.3.01 1.49 0 .21-.15.45-.55.38A8 8 0 0 1 0 8c0-4.42 3.58-8 8-8Z",
      ],
    ],
  },
  Google: {
    box: 24,
    paths: [
      ["M22.56 12.25c0-.78-.07-1.53-.2-2.25H12v4.26h5.92a5.06 5.06 0 0 1-2.21 3.31v2.77h3.57c2.08-1.92 3.28-4.74 3.28-8.09z", "#4285f4"],
      ["M12 23c2.97 0 5.46-.98 7.28-2.66l-3.57-2.77c-.98.66-2.23 1.06-3.71 1.06-2.86 0-5.29-1.93-6.16-4.53H2.18v2.84A11 11 0 0 0 12 23z", "#34a853"],
      ["M5.84 14.1a6.6 6.6 0 0 1 0-4.2V7.07H2.18a11 11 0 0 0 0 9.86z", "#fbbc05"],
      ["M12 5.38c1.62 0 3.06.56 4.21 1.64l3.15-3.15A11 11 0 0 0 2.18 7.07l3.66 2.84C6.71 7.31 9.14 5.38 12 5.38z", "#ea4335"],
    ],
  },
  Apple: {
    box: 24,
    paths: [
      [
        "M12.15 6.9c-.95 0-2.42-1.08-3.96-1.04-2.04.03-3.91 1.18-4.96 3.01-2.12 3.68-.55 9.1 1.52 12.09 1.01 1.45 2.2 3.09 3.79 3.04 1.52-.07 2.09-.99 3.93-.99 1.83 0 2.35.99 3.96.95 1.64-.03 2.68-1.48 3.68-2.95 1.16-1.69 1.64-3.33 1.66-3.42-.04-.01-3.18-1.22-3.22-4.86-.03-3.04 2.48-4.49 2.6-4.56-1.43-2.09-3.62-2.32-4.39-2.38-2-.16-3.68 1.09-4.61 1.09zM15.53 3.83c.84-1.01 1.4-2.43 1.25-3.83-1.21.05-2.66.8-3.53 1.82-.78.9-1.45 2.34-1.27 3.71 1.34.1 2.71-.69 3.56-1.7",
      ],
    ],
  },
  Discord: {
    box: 24,
    paths: [
      [
        "M20.32 4.37a19.8 19.8 0 0 0-4.89-1.52c-.21.38-.45.87-.61 1.25a18.3 18.3 0 0 0-5.49 0c-.16-.39-.41-.87-.62-1.25A19.7 19.7 0 0 0 3.8 4.37C.71 9-.32 13.58.1 18.06c2.05 1.51 4.04 2.42 6 3.03.46-.63.87-1.3 1.22-2-.65-.25-1.27-.55-1.87-.9.13-.09.25-.19.37-.29 3.93 1.79 8.18 1.79 12.06 0 .12.1.25.2.37.29-.6.35-1.22.65-1.87.9.36.7.77 1.36 1.22 2 1.96-.61 3.95-1.52 6-3.03.5-5.18-.84-9.67-3.28-13.69zM8.02 15.33c-1.18 0-2.16-1.09-2.16-2.42s.96-2.42 2.16-2.42 2.18 1.1 2.16 2.42c0 1.33-.96 2.42-2.16 2.42zm7.97 0c-1.18 0-2.15-1.09-2.15-2.42s.95-2.42 2.15-2.42 2.18 1.1 2.16 2.42c0 1.33-.95 2.42-2.16 2.42z",
        "#5865f2",
      ],
    ],
  },
  Microsoft: {
    box: 23,
    paths: [
      ["M1 1h10v10H1z", "#f25022"],
      ["M12 1h10v10H12z", "#7fba00"],
      ["M1 12h10v10H1z", "#00a4ef"],
      ["M12 12h10v10H12z", "#ffb900"],
    ],
  },
  GitLab: {
    box: 24,
    paths: [
      ["M12 21.5 15.9 9.5H8.1z", "#e24329"],
      ["M12 21.5 8.1 9.5H2.7z", "#fc6d26"],
      ["M2.7 9.5 1.5 13.1a.8.8 0 0 0 .3.9L12 21.5z", "#fca326"],
      ["M2.7 9.5h5.4L5.8 2.4a.4.4 0 0 0-.8 0z", "#e24329"],
      ["M12 21.5l3.9-12h5.4z", "#fc6d26"],
      ["M21.3 9.5l1.2 3.6a.8.8 0 0 1-.3.9L12 21.5z", "#fca326"],
      ["M21.3 9.5h-5.4l2.3-7.1a.4.4 0 0 1 .8 0z", "#e24329"],
    ],
  },
};

/** A provider as people know it: `github` is GitHub. */
export function providerName(provider: string) {
  return NAMES[provider] ?? provider.replace(/(^|[-_ ])(\p{L})/gu, (_, gap: string, letter: string) => (gap ? " " : "") + letter.toUpperCase());
}

/** The mark of a provider, or its first letter. `isNamed` is for where its name stands beside it. */
export function ProviderIcon({ provider, isNamed }: { provider: string; isNamed?: boolean }) {
  const name = providerName(provider);
  const mark = MARKS[name];
  return (
    <span className="provider" title={isNamed ? undefined : name}>
      {mark ? (
        <svg width="16" height="16" viewBox={`0 0 ${mark.box} ${mark.box}`} aria-hidden="true">
          {mark.paths.map(([path, fill]) => (
            <path key={path} d={path} fill={fill ?? "currentColor"} />
          ))}
        </svg>
      ) : name === "E-mail" ? (
        <Icon name="mail" size={16} />
      ) : name === "Passkey" ? (
        <Icon name="passkey" size={16} />
      ) : (
        <span className="letter" aria-hidden="true">
          {[...name][0]}
        </span>
      )}
      {!isNamed && <span className="unseen">{name}</span>}
    </span>
  );
}
