import type { UsageFigure } from '@callable/protocol';
import type { Rows } from '../terminal/open-rows.ts';

const whyExcluded: Record<keyof UsageFigure['excluded'], string> = {
  keyless: 'without a key',
  repeated: 'a request that had counted',
  probes: 'calls of the hub itself',
  convicted: 'answered by nodes caught lying',
  strangers: 'answered by nodes that never joined',
  own: 'by publisher or operator',
  delegates: 'by keys that act for them',
  young: 'on the first day of a key',
  beyond: 'more than the one voice of a network',
};

/** What was left out, and why: a line for each reason there is. */
export function addExcluded(rows: Rows, excluded: UsageFigure['excluded']): void {
  const reasons = (Object.keys(whyExcluded) as (keyof typeof whyExcluded)[]).filter((why) => excluded[why] > 0);
  const width = Math.max(0, ...reasons.map((why) => `${excluded[why]}`.length));
  for (const [index, why] of reasons.entries())
    rows.add(index === 0 ? 'not counted' : '', `${`${excluded[why]}`.padStart(width)} ${whyExcluded[why]}`);
}
