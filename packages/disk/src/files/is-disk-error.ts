/** Whether the file system, or anything else of the system, said one of these codes: `ENOENT`, `EEXIST`, …. */
export function isDiskError(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
