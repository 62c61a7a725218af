export type { PostgresConnection } from './connection.ts';
export { type FoundServer, findRunningServer } from './find-running-server.ts';
export { type KeptPostgres, keepPostgres, type PostgresEvent } from './keep-postgres.ts';
export { type EmbeddedPostgres, type PostgresOptions, startPostgres } from './start-postgres.ts';
