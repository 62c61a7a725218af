import { dayMs } from '@callable/protocol';

/** 2026-11-30: days are UTC. */
export const nameOfDay = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** The day of such a name; null for what is none, like the 31st of November. */
export function dayOfName(name: string): number | null {
  const ms = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(name) ? Date.parse(`${name}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(ms) || nameOfDay(ms / dayMs) !== name ? null : ms / dayMs;
}
