import { withMarks } from '../../conditions/mark-words.ts';
import { reduceReports } from '../../conditions/reduce-reports.ts';
import type { ValidatorReport } from '../../conditions/release-state.ts';
import { orNull } from '../../schema/fields.ts';
import { type Static, Type } from '../../schema/type.ts';
import { commitmentOf } from '../commitment.ts';
import { bytes32, count, sentence, verdict } from './fields.ts';
import { kindRow } from './kind-row.ts';

/** What the inspection or a bounded run noticed; a `warn` is shown, a `refuse` ends the validation. */
export const Finding = Type.Object({
  code: Type.String({ pattern: '^[A-Z][A-Za-z0-9]+$', maxLength: 60 }),
  severity: Type.Unsafe<'warn' | 'refuse'>(Type.String({ enum: ['warn', 'refuse'] })),
  message: sentence,
  /** The node, tensor or function of the graph it is about. */
  place: Type.Optional(Type.String({ maxLength: 200 })),
});
export type Finding = Static<typeof Finding>;

/** May be negative: a clock that was set back is no reason to lose a finding. */
const milliseconds = Type.Number();

/** What the pinned wasm runtime gave. */
export const Adjudication = Type.Object({
  runtime: Type.String({ maxLength: 120 }),
  digest: bytes32,
  inputs: count,
  /** Whether the vectors pass there; older nodes did not say. */
  passed: Type.Optional(Type.Boolean()),
});
export type Adjudication = Static<typeof Adjudication>;

const body = Type.Object({
  ...verdict,
  epoch: count,
  /** Whether another try on the same bytes could end otherwise. */
  deterministic: Type.Boolean(),
  runtime: Type.Object({ name: Type.String({ maxLength: 80 }), version: Type.String({ maxLength: 80 }) }),
  loadMs: milliseconds,
  peakBytes: count,
  vectors: Type.Array(
    Type.Object({
      name: Type.String({ maxLength: 80 }),
      ok: Type.Boolean(),
      ms: milliseconds,
      largestDifference: Type.Number({ minimum: 0 }),
    }),
    { maxItems: 16 },
  ),
  // All that follows is optional: an older node says less.
  findings: Type.Optional(Type.Array(Finding, { maxItems: 32 })),
  /** What an auditor can expect of answers: 0 nothing, 1 equal within a tolerance, 2 equal bytes on the pinned wasm. */
  auditClass: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 })),
  /** Largest difference between native and wasm outputs, as a share of the largest value; null when not measured. */
  spread: Type.Optional(Type.Union([Type.Number({ minimum: 0 }), Type.Null()])),
  /** The round it was drawn in: its draw, without `sha256:`. Absent under the rules of version 1. */
  round: Type.Optional(bytes32),
  /**
   * What the pinned wasm runtime answers to inputs made from the release and the round: the same on every machine. Whoever
   * never ran the model cannot know it, and anybody can compute it again. Before rounds the inputs came of the node.
   */
  adjudication: Type.Optional(orNull(Adjudication)),
  /** 32 random bytes: with them the commitment made before does not tell what is in it. */
  salt: Type.Optional(bytes32),
});

export const releaseValidated = kindRow({
  kind: 'release.validated',
  says: 'What a drawn node found when it loaded and ran it in isolation.',
  subject: 'release digest',
  signer: 'drawn',
  takenFrom: 'task',
  perDay: null,
  maxBytes: 32 * 1024,
  body,
  folds: 'release',
  step: (state, said, rules) => {
    const { signer, body, at, id } = said;
    const { panel } = state;
    const mayReport =
      panel?.validators.includes(signer) === true &&
      // Before it is known who publishes, a report could be the publisher's own.
      state.publisher !== null &&
      signer !== state.publisher &&
      !rules.nodes?.get(signer)?.convicted &&
      body.epoch === panel.epoch &&
      (panel.round === null || panel.round.open || body.round === panel.round.id) &&
      (!panel.sealed || state.commitments[signer] === commitmentOf(said.subject, signer, body));
    if (!panel || !mayReport) return state;
    const { [signer]: _opened, ...commitments } = state.commitments;
    // By the earlier clock: a hub that logs an old report late cannot make it young.
    const report = { ...reportOf(body), at: Math.min(said.issuedAt, at), statement: id };
    const next = {
      ...state,
      commitments,
      panel: { ...panel, revealed: true },
      reports: { ...state.reports, [signer]: report },
    };
    return reduceReports(withMarks(next, { at, id }, rules.policy), at, id, rules);
  },
  judgesSigner: true,
});

function reportOf(report: Static<typeof body>): Omit<ValidatorReport, 'at' | 'statement'> {
  const { ok, reason, message, adjudication = null } = report;
  return {
    ok,
    reason,
    message,
    runtime: `${report.runtime.name} ${report.runtime.version}`,
    findings: (report.findings ?? []).map(({ code, severity }) => ({ code, severity })),
    auditClass: report.auditClass ?? 0,
    spread: report.spread ?? null,
    deterministic: report.deterministic,
    adjudication: adjudication && {
      runtime: adjudication.runtime,
      digest: adjudication.digest,
      passed: adjudication.passed ?? null,
    },
    round: report.round ?? null,
  };
}
