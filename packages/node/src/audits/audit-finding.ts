import type { AuditView, StatementBody } from '@callable/protocol';

export type AuditFinding = StatementBody<'audit.finished'>;

type Found = {
  reason: 'AnswerConfirmed' | 'AnswerDiffers' | 'AnswerNotShown' | 'AnswerWrong';
  message: string;
  runtime?: string;
  /** Infinity where no number says it. */
  difference?: number;
};

/** The body of `audit.finished`. */
export function findingOf(audit: AuditView, { reason, message, runtime = '', difference }: Found): AuditFinding {
  const { receipt, release, exact, tolerance } = audit;
  // JSON has no infinity; null says that there was nothing to measure.
  const measured = difference === undefined || !Number.isFinite(difference) ? null : difference;
  const said = { ok: reason === 'AnswerConfirmed', reason, message: message.slice(0, 1000) };
  return { receipt, release, exact, ...said, runtime: runtime.slice(0, 120), difference: measured, tolerance };
}
