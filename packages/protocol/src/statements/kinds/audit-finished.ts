import type { Address } from '../../identity/address.ts';
import { ownMember } from '../../json/own-member.ts';
import { judgeAudit } from '../../nodes/judge-audit.ts';
import { emptyNodeState } from '../../nodes/node-state.ts';
import { isSeed } from '../../nodes/standing.ts';
import { Type } from '../../schema/type.ts';
import { bytes32, digest, verdict } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const auditFinished = kindRow({
  kind: 'audit.finished',
  says: 'What an auditor found when it ran a call of this node again.',
  subject: 'node address',
  signer: 'drawn',
  takenFrom: 'task',
  perDay: null,
  body: Type.Object({
    receipt: bytes32,
    release: digest,
    exact: Type.Boolean(),
    /** `ok` is whether the answer was right; the reason tells a wrong answer from one that was not shown. */
    ...verdict,
    runtime: Type.String({ maxLength: 120 }),
    /** Largest difference as a share of the largest value; null when there was nothing to compare. */
    difference: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    /** How large it may be. */
    tolerance: Type.Number({ minimum: 0 }),
  }),
  folds: 'node',
  step: (state, { body, signer, at, id }, { nodes, policy }) => {
    const audit = ownMember(state.drawn, body.receipt);
    if (!audit || audit.exact !== body.exact || !audit.auditors.includes(signer) || audit.said[signer]) return state;
    if (nodes?.get(signer)?.convicted) return state;
    const said = { ...audit.said, [signer]: { ok: body.ok, reason: body.reason, statement: id } };
    const next = { ...state, drawn: { ...state.drawn, [body.receipt]: { ...audit, said } } };
    const standing = (auditor: Address) => nodes?.get(auditor) ?? emptyNodeState(auditor);
    return judgeAudit(next, body.receipt, at, {
      policy,
      isHeard: (auditor) => !standing(auditor).convicted,
      isSeed: (auditor) => isSeed(auditor, standing(auditor), policy),
    });
  },
  judgesSigner: true,
});
