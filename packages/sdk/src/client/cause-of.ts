/** The reason of a failed fetch in one word or sentence: it is hidden one level down (ECONNREFUSED, ENOTFOUND). */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error) return (cause as { code?: string }).code ?? cause.message;
  return String(cause);
}
