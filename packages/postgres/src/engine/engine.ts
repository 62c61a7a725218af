/** PostgreSQL programs on this machine that we can run. */
export interface Engine {
  /** Directory of `postgres` and `initdb`. */
  readonly binDir: string;
  readonly major: number;
  /** As the program itself or its package states it. */
  readonly version: string;
}
