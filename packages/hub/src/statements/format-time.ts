/** A time in a sentence. Any number of milliseconds that a statement may hold has one. */
export const formatTime = (time: number): string => new Date(time).toISOString();
