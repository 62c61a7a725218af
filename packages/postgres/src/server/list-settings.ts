import { release } from 'node:os';
import type { PostgresConnection } from '../connection.ts';

/**
 * The server's settings, for a small machine that must not lose what it acknowledged.
 *
 * About 55 MB idle. Whoever outgrows this runs a PostgreSQL of their own and names it in DATABASE_URL.
 */
export function listSettings(connection: PostgresConnection, major: number): Record<string, string> {
  const onSocket = connection.host.startsWith('/');
  return {
    // Relative to the data directory, whose full path may be too long for a socket or closed to the server's user.
    unix_socket_directories: onSocket ? '.' : '',
    unix_socket_permissions: '0700',
    listen_addresses: onSocket ? '' : connection.host,
    port: String(connection.port),
    max_connections: '100',

    // The defaults, written down because evidence and money rest on them.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',

    shared_buffers: '64MB',
    max_wal_size: '256MB',
    checkpoint_timeout: '15min',
    // The server then ends, and is started by us: with a full disk it starts itself ten times a second without a word.
    restart_after_crash: 'off',
    // After a crash: one call instead of one for each of a thousand files (measured: 0.4 s, where it was 4.5 s).
    ...(knowsSyncfs(major) ? { recovery_init_sync_method: 'syncfs' } : {}),
    // Short queries on few cores gain nothing from these, and each costs a process or a compiler.
    jit: 'off',
    max_parallel_workers_per_gather: '0',
    max_logical_replication_workers: '0',
    ...(major >= 18 ? { io_method: 'sync' } : {}),

    // A transaction forgotten by a bug would keep vacuum from cleaning up for ever.
    idle_in_transaction_session_timeout: '5min',
    timezone: 'UTC',
    log_timezone: 'UTC',

    // Statements and key values come from callers: they have no place in a log. Start, stop and crashes have.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    log_line_prefix: '',
  };
}

/** An older kernel tells nobody of what it could not write. */
function knowsSyncfs(major: number): boolean {
  const [kernel = 0, patch = 0] = release().split('.').map(Number);
  return process.platform === 'linux' && major >= 14 && (kernel > 5 || (kernel === 5 && patch >= 8));
}
