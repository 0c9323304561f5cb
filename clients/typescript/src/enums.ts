export type CallerKind =
  | 'ANONYMOUS'
  | 'API_KEY'
  | 'PERSON';

export type DeviceType =
  | 'MULTI_DEVICE'
  | 'SINGLE_DEVICE';

export type ErrorCode =
  | 'DISABLED'
  | 'EXPIRED'
  | 'FORBIDDEN'
  | 'INVALID'
  | 'LAST_SIGN_IN'
  | 'NOT_FOUND'
  | 'STALE'
  | 'TAKEN'
  | 'UNAVAILABLE';

export type Scope =
  | 'ACCOUNTS_READ'
  | 'ACCOUNTS_WRITE'
  | 'ADAPTER'
  | 'ADMIN'
  | 'AUDIT_READ'
  | 'SECRETS_READ'
  | 'SESSIONS_READ'
  | 'SESSIONS_WRITE'
  | 'TOKENS_WRITE'
  | 'USERS_READ'
  | 'USERS_WRITE';
