/** The PostgreSQL of one test run. */
export interface TestServer {
  /** Address of a database from which others can be created. */
  readonly url: string;
  /** A migrated database to copy; its name begins the name of each copy. */
  readonly template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** A Unix socket that answers with a TestServer as JSON, or with `{ error }`, and closes. */
    testServerSocket: string;
  }
}
