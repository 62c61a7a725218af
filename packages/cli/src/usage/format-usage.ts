import type { UsageView } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { openRows } from '../terminal/open-rows.ts';

const whyExcluded: Record<keyof UsageView['excluded'], string> = {
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

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const thousandths = (value: number) => (value / 1000).toFixed(3);

export function formatUsage({ out }: Pick<CliContext, 'out'>, usage: UsageView): string[] {
  const rows = openRows(out);
  const { claimed, evidenced, trusted, relied, callers, excluded, failed, cut, asOf, costToForge } = usage;
  rows.add('claimed', `${claimed} ${claimed === 1 ? 'answer' : 'answers'} reported`);
  rows.add('evidenced', `${evidenced} of them signed by their caller`);
  rows.add('trusted', `${thousandths(trusted.weight)}: ${trusted.calls} calls of ${trusted.callers} callers`);
  rows.add('relied on', `${relied.trusted} times by ${relied.callers} callers (${relied.evidenced} signed)`);
  rows.add('callers', describeCallers(callers));
  const left = (Object.keys(whyExcluded) as (keyof typeof whyExcluded)[]).filter((why) => excluded[why] > 0);
  for (const [index, why] of left.entries())
    rows.add(index === 0 ? 'not counted' : '', `${excluded[why]} ${whyExcluded[why]}`);
  if (failed + cut > 0) rows.add('no answer', `${failed} failed, ${cut} ended early`);
  rows.add('formula', cleanText(usage.formula, 400));
  rows.add('to forge', cleanText(costToForge.sentence, 400));
  rows.add('as of', `${asOf.size} entries of the log; calls beside the first ${asOf.counted}`);
  return [
    `${cleanText(usage.name ?? usage.id, 300)} · ${dayOf(usage.from)} to ${dayOf(usage.until)}, UTC`,
    ...rows.lines,
  ];
}

function describeCallers({ independent, medianAgeDays, largestShare }: UsageView['callers']): string {
  if (medianAgeDays === null || largestShare === null) return 'nobody independent';
  return `${independent} independent, half of them ${medianAgeDays} days or younger; the busiest has ${largestShare / 10} % of their calls`;
}
