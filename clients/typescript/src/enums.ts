export type CallerKind =
  | 'ANONYMOUS'
  | 'API_KEY'
  | 'PERSON';

export type DeviceType =
  | 'MULTI_DEVICE'
  | 'SINGLE_DEVICE';

export type DirectoryList =
  | 'CREATED'
  | 'EMAIL'
  | 'NAME'
  | 'SIGNED_IN';

export type ErrorCode =
  | 'DISABLED'
  | 'EXPIRED'
  | 'FORBIDDEN'
  | 'INVALID'
  | 'LAST_SIGN_IN'
  | 'NOT_FOUND'
  | 'SIGN_IN_AGAIN'
  | 'STALE'
  | 'TAKEN'
  | 'UNAVAILABLE';

export type OrderDirection =
  | 'ASC'
  | 'DESC';

export type Scope =
  | 'ACCOUNTS_READ'
  | 'ACCOUNTS_WRITE'
  | 'ADAPTER'
  | 'ADMIN'
  | 'AUDIT_READ'
  | 'HEALTH_READ'
  | 'SECRETS_READ'
  | 'SESSIONS_READ'
  | 'SESSIONS_WRITE'
  | 'TOKENS_WRITE'
  | 'USERS_IMPERSONATE'
  | 'USERS_READ'
  | 'USERS_WRITE';

export type UserOrderField =
  | 'CREATED_AT'
  | 'EMAIL'
  | 'LAST_SIGN_IN_AT'
  | 'NAME';
