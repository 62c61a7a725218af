/** How to reach a database; the shape `pg` takes. */
export interface PostgresConnection {
  /** A directory holding a Unix socket, or an address. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
}
