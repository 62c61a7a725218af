import { contradicts, withMarks } from '../../conditions/mark-words.ts';
import { reduceReports } from '../../conditions/reduce-reports.ts';
import type { Recomputation } from '../../conditions/release-state.ts';
import type { Mark } from '../../nodes/mark.ts';
import { isSeed } from '../../nodes/standing.ts';
import { orNull } from '../../schema/fields.ts';
import { type Static, Type } from '../../schema/type.ts';
import { bytes32, count, verdict } from './fields.ts';
import { kindRow } from './kind-row.ts';
import { Adjudication } from './release-validated.ts';

const body = Type.Object({
  ...verdict,
  epoch: count,
  round: bytes32,
  /** What computed it; on wasm twice, with the same answers. */
  runtime: Type.Object({ name: Type.String({ maxLength: 80 }), version: Type.String({ maxLength: 80 }) }),
  /** Null where the wasm runtime cannot run it: then the seed's own native run decides. */
  adjudication: orNull(Adjudication),
  /** Whether a native run on this machine came to the same verdict. */
  agrees: Type.Boolean(),
});

export const releaseRecomputed = kindRow({
  kind: 'release.recomputed',
  says: 'What a seed found when it ran a release again because its panel disagreed, or to audit it.',
  subject: 'release digest',
  signer: 'drawn',
  takenFrom: 'task',
  perDay: null,
  body,
  folds: 'release',
  /** By whoever is a seed now, about the round that stands. Who says another word than before has lied once. */
  step: (state, { body, signer, at, id }, rules) => {
    const { panel } = state;
    const round = panel?.round;
    const standing = rules.nodes?.get(signer);
    const operator = standing?.operator ?? signer;
    if (!panel || !round || round.open || body.round !== round.id || body.epoch !== panel.epoch) return state;
    if (standing?.convicted || !isSeed(signer, { operator }, rules.policy)) return state;
    const said = { ...recomputationOf(body), operator, at, statement: id };
    const before = round.recomputed[signer];
    const isOtherWord = before !== undefined && contradicts(before, said);
    const lied: Mark = { mark: 'lied', at, statement: id };
    const next = isOtherWord
      ? { ...round, marks: { ...round.marks, [signer]: lied } }
      : { ...round, recomputed: { ...round.recomputed, [signer]: said } };
    const marked = withMarks({ ...state, panel: { ...panel, round: next } }, { at, id }, rules.policy);
    return reduceReports(marked, at, id, rules, isOtherWord);
  },
  judgesSigner: true,
});

function recomputationOf({
  ok,
  reason,
  message,
  adjudication,
  agrees,
}: Static<typeof body>): Omit<Recomputation, 'operator' | 'at' | 'statement'> {
  const exact = adjudication && { ...adjudication, passed: adjudication.passed ?? ok };
  return {
    ...{ ok, reason, message, agrees },
    adjudication: exact && { runtime: exact.runtime, digest: exact.digest, passed: exact.passed },
  };
}
