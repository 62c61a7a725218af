/**
 * The reason of a failed fetch in one word or sentence: it is hidden one level down (ECONNREFUSED, ENOTFOUND). Of a host that
 * cannot be found the name too: it may be another than was asked, where a proxy redirects.
 */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error) {
    const { code, hostname } = cause as { code?: string; hostname?: string };
    return code === undefined ? cause.message : hostname ? `${code} ${hostname}` : code;
  }
  return String(cause);
}
