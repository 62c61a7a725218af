import { type Address, auditTermsOf, type ReleaseState, type VerificationView } from '@callable/protocol';

const classes = ['none', 'tolerance', 'exact'] as const;

/** Who was drawn to check a release, and what those said who have. Null until a panel was drawn. */
export function viewVerification({ panel, reports }: ReleaseState): VerificationView | null {
  if (!panel) return null;
  const said = Object.entries(reports).map(([node, report]) => ({ node: node as Address, ...report }));
  const good = said.filter(({ ok }) => ok);
  const counted = new Map<string, { code: string; severity: string; reports: number }>();
  for (const { code, severity } of said.flatMap(({ findings }) => findings)) {
    const key = `${severity} ${code}`;
    counted.set(key, { code, severity, reports: (counted.get(key)?.reports ?? 0) + 1 });
  }
  // The weakest that any of them could promise.
  const auditClass = good.length > 0 ? Math.min(...good.map((report) => report.auditClass)) : 0;
  const terms = auditTermsOf({ panel, reports });
  return {
    drawn: panel.validators.length,
    quorum: panel.quorum,
    epoch: panel.epoch,
    own: panel.own.length,
    auditClass: classes[auditClass] ?? 'none',
    tolerance: terms.auditClass === 1 ? terms.tolerance : null,
    findings: [...counted.values()],
    reports: said.map(({ node, ok, reason, message, runtime, at, statement }) => ({
      node,
      ok,
      reason,
      message,
      runtime,
      at: new Date(at).toISOString(),
      statement,
    })),
  };
}
