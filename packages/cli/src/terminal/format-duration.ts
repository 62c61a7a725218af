/** A duration in its two largest units: `340 ms`, `4.2 s`, `3m 20s`, `2h 5m`, `4d 3h`, at most `99d+`. */
export function formatDuration(ms: number): string {
  const at = Math.max(0, ms);
  if (at < 1000) return `${Math.round(at)} ms`;
  if (at < 59_950) return `${(at / 1000).toFixed(1)} s`;
  const seconds = Math.round(at / 1000);
  if (seconds < 3600) return two(seconds, 60, 'm', 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return two(minutes, 60, 'h', 'm');
  const hours = Math.floor(minutes / 60);
  return hours >= 99 * 24 ? '99d+' : two(hours, 24, 'd', 'h');
}

function two(value: number, large: number, largeUnit: string, smallUnit: string): string {
  const rest = value % large;
  return `${Math.floor(value / large)}${largeUnit}${rest > 0 ? ` ${rest}${smallUnit}` : ''}`;
}
