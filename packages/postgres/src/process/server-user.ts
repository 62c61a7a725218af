/** The account PostgreSQL runs under when it is not our own. Numeric, because a container may name it as it likes. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}
