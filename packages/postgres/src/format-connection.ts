import type { PostgresConnection } from './connection.ts';

/** The connection as a URL that `pg`, `psql` and `new URL` all read: a socket directory goes into the query. */
export function formatConnection({ host, port, user, password, database }: PostgresConnection): string {
  const login = encodeURIComponent(user) + (password === undefined ? '' : `:${encodeURIComponent(password)}`);
  const name = encodeURIComponent(database);
  if (!host.startsWith('/')) return `postgres://${login}@${host}:${port}/${name}`;
  return `postgres://${login}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`;
}
