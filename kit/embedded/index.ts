export {
  acquireDataLock,
  type DataLock,
  type DataLockedError,
  type DataLockHolder,
  dataLockHolder,
  isDataLockedError,
} from './data-lock.ts';
export {
  type EmbeddedLogger,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type ExitEvent,
  startEmbeddedPostgres,
} from './embedded-postgres.ts';
export { runningEmbeddedPostgres } from './running.ts';
