import type { ReleaseView } from '@callable/protocol';
import { cleanText } from '../terminal/clean-text.ts';
import { formatAge } from '../terminal/format-age.ts';
import type { Rows } from '../terminal/open-rows.ts';

const auditWords = {
  exact: 'exact (the bytes of the pinned runtime)',
  tolerance: 'within a tolerance',
  none: 'not auditable',
} as const;

/** How many nodes have checked it and what they found; of those that failed, when and with which runtime. */
export function addVerification(rows: Rows, { verification }: ReleaseView, now: number): void {
  if (!verification) return;
  const { drawn, own, quorum, epoch, reports, findings, auditClass } = verification;
  const passed = reports.filter(({ ok }) => ok);
  const failed = reports.filter(({ ok }) => !ok);
  const whose = own === 0 ? '' : own === drawn ? ', run by the hub’s own operator' : `, ${own} of them the hub’s own`;
  const runtimes = [...new Set(passed.map(({ runtime }) => cleanText(runtime, 80)))].join(', ');
  rows.add(
    'checked by',
    `${passed.length} of ${drawn} node${drawn === 1 ? '' : 's'}${whose} · quorum ${quorum} · epoch ${epoch}${runtimes === '' ? '' : ` · ${runtimes}`}`,
  );
  rows.add('audits', auditWords[auditClass]);
  for (const { code, severity, reports: count } of findings)
    rows.add(
      'finding',
      `${cleanText(code, 60)} (${severity === 'refuse' ? 'refused' : 'warning'}, ${count} of ${reports.length})`,
      'yellow',
    );
  for (const { node, reason, message, runtime, at } of failed)
    rows.add(
      'failed',
      `${cleanText(reason, 60)} ${formatAge(at, now)} ago on ${node} with ${cleanText(runtime, 80)}: ${cleanText(message, 300)}`,
      'red',
    );
}
