/** The day (UTC) of a time. */
export const formatDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
