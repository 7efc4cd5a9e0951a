export { batched } from './batched.ts';
export type { Bus, Stop, WorkSubscription } from './bus/bus.ts';
export { PARTITIONS, partitionOf } from './bus/bus.ts';
export { postgresBus } from './bus/postgres.ts';
export type { CachePort } from './cache/cache.ts';
export { memoryCache } from './cache/cache.ts';
export * from './config.ts';
export { Context, type Principal } from './context.ts';
export * from './db/database.ts';
export { DatabaseTooOldError, type MigrationTarget, migrate } from './db/migrate.ts';
export * from './errors.ts';
export { type FilePort, folderFiles } from './files/files.ts';
export * from './fresh-cache.ts';
export { makeListener, portOf } from './http/listener.ts';
export { openApi } from './http/openapi.ts';
export { AUDIENCE, ISSUER, type UserClaims } from './http/tokens.ts';
export { compile } from './http/validate.ts';
export { CHANGE_COLUMNS, type ChangeRow, changeOf } from './log/change-row.ts';
export { makeConsumer } from './log/consumer.ts';
export { type DeadLetter, dropDeadLetter, listDeadLetters, replayDeadLetter } from './log/dead-letters.ts';
export { headOf, readChangePage, readHistory, readLog } from './log/read.ts';
export {
  type ChangeInput,
  inTransaction,
  type Transaction,
  uuidIn,
  type WriteFacts,
} from './log/transaction.ts';
export { type Mail, type MailPort, mailOutbox, type StoredMail } from './mail/mail.ts';
export * from './pages.ts';
export { type Runtime, type RuntimeOptions, readAllConfig, selectServices, startRuntime } from './runtime.ts';
export * from './service.ts';
export { inSpan, type Logger, type Metrics, makeLogger, makeMetrics } from './telemetry.ts';
