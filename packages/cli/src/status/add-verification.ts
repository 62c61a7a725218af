import { provesOnlySignature, type ReleaseView, signatureSentence } from '@callable/protocol';
import { cleanText } from '../terminal/clean-text.ts';
import { formatAge } from '../terminal/format-age.ts';
import type { Rows } from '../terminal/open-rows.ts';

const auditWords = {
  exact: 'exact (the bytes of the pinned runtime)',
  tolerance: 'within a tolerance',
  none: 'not auditable',
} as const;

/** Who has checked it and what they found; of those that failed, when and with which runtime. */
export function addVerification(rows: Rows, { verification, manifest }: ReleaseView, now: number): void {
  if (provesOnlySignature(manifest)) rows.add('proves', signatureSentence, 'yellow');
  if (!verification) return;
  const { epoch, reports, findings, auditClass, recomputations = [] } = verification;
  const passed = reports.filter(({ ok }) => ok);
  const failed = reports.filter(({ ok }) => !ok);
  const runtimes = [...new Set(passed.map(({ runtime }) => cleanText(runtime, 80)))].join(', ');
  const whose = verification.open === false ? byStanding(verification) : byCount(verification);
  rows.add('checked by', `${whose} · epoch ${epoch}${runtimes === '' ? '' : ` · ${runtimes}`}`);
  for (const { node, message, at } of recomputations)
    rows.add('recomputed', `${formatAge(at, now)} ago by the seed ${node}: ${cleanText(message, 300)}`);
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

type Verification = NonNullable<ReleaseView['verification']>;

function byCount({ drawn, own, quorum, reports }: Verification): string {
  const whose = own === 0 ? '' : own === drawn ? ', run by the hub’s own operator' : `, ${own} of them the hub’s own`;
  const passed = reports.filter(({ ok }) => ok).length;
  return `${passed} of ${drawn} node${drawn === 1 ? '' : 's'}${whose} · quorum ${quorum}`;
}

/** Where seeds are named nothing is counted: it is said who passed it, and that of those drawn not all have spoken. */
function byStanding({ drawn, reports }: Verification): string {
  const words = reports.filter(({ standing }) => standing !== undefined);
  const passed = words.filter(({ ok }) => ok);
  const count = (standing: string) => passed.filter((one) => one.standing === standing).length;
  const parts = [
    [count('seed'), 'seed', 'seeds'],
    [count('standing'), 'node of standing', 'nodes of standing'],
    [count('newcomer'), 'newcomer', 'newcomers'],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, one, more]) => `${n} ${n === 1 ? one : more}`);
  const silent = drawn - words.length;
  return `${said.join(', ') || 'nobody yet'}${silent > 0 ? ` · ${silent} of ${drawn} drawn have not spoken` : ''}`;
}
