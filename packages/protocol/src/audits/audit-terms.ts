import type { ReleaseState } from '../conditions/release-state.ts';
import type { Address } from '../identity/address.ts';
import { type AuditClass, classifyAudit } from './audit-class.ts';

/** What an audit of a release may expect. */
export type AuditTerms = {
  auditClass: AuditClass;
  /** The largest difference that passes, as a share of the largest value of an output; 0 where only bytes count. */
  tolerance: number;
};

/**
 * The terms on which answers of a release are audited, from the reports of its validators: the class that more than
 * half of them promise at least, so that one validator can neither switch audits off nor have others judged by a class
 * it made up; the tolerance from the largest spread that any of them measured, which is bounded. Where seeds have spoken
 * theirs are the only ones: four newcomers in five seats could else have nobody audited.
 */
export function auditTermsOf({ reports, panel }: Pick<ReleaseState, 'reports' | 'panel'>): AuditTerms {
  const passed = Object.entries(reports).filter(([, { ok }]) => ok);
  const bySeeds = passed.filter(([node]) => panel?.round?.seeds.includes(node as Address));
  const good = (bySeeds.length > 0 ? bySeeds : passed).map(([, report]) => report);
  const classes = good.map(({ auditClass }) => auditClass).sort((a, b) => a - b);
  const middle = classes[Math.floor((classes.length - 1) / 2)] ?? 0;
  if (middle !== 1) return { auditClass: middle === 2 ? 2 : 0, tolerance: 0 };
  const spreads = good.filter(({ auditClass }) => auditClass === 1).map(({ spread }) => spread ?? 0);
  const measured = { reproducible: true, adjudicated: true, spread: Math.max(...spreads) };
  const { rtolInf } = classifyAudit(measured);
  return rtolInf === null ? { auditClass: 0, tolerance: 0 } : { auditClass: 1, tolerance: rtolInf };
}

/** Beyond so many tolerances from the canonical answer nobody answers by accident: the cheapest cheat lies further. */
export const lieFactor = 5;
