import type { Address } from '../src/identity/address.ts';
import { digestJson } from '../src/identity/digest.ts';
import { type Policy, policyBeforeAny } from '../src/policy/policy.ts';
import type { LoggedStatement } from '../src/statements/logged-statement.ts';
import type { Rules } from '../src/statements/rules.ts';
import type { Statement } from '../src/statements/statement.ts';

/** Statements of one release for tests of the fold, which takes signatures as checked. */
const address = (digit: string) => `0x${digit.repeat(40)}` as Address;
export const hub = address('a');
export const publisher = address('b');
export const stranger = address('c');
export const nodes = ['1', '2', '3', '4', '5'].map(address);
const release = digestJson('a release');

/** Under the rules of version 1, where panels decide by count; rounds with seeds have stories of their own. */
export const policy: Policy = {
  ...policyBeforeAny,
  freshness: { storedSeconds: 2, verifiedSeconds: 5, reachableSeconds: 1 },
  validators: { draw: 5, quorum: 1, revealSeconds: 10 },
};
export const rules: Rules = { policy, hub };

export function logged(kind: string, body: object, signer: Address, at: number, issuedAt = at): LoggedStatement {
  const statement: Statement = {
    kind,
    subject: release,
    body: body as Record<string, unknown>,
    issuedAt,
    signer,
    signature: `0x${'0'.repeat(130)}`,
  };
  return { statement, loggedAt: at };
}

const say = (ok: boolean, reason: string) => ({ ok, reason, message: `${reason}.` });

export const published = (
  at: number,
  signer = publisher,
  body: object = { publisher, name: 'iris', version: '1.0.0' },
) => logged('release.published', body, signer, at);
export const stored = (at: number, ok = true, signer = hub, more: { storedUntil?: number } = {}) =>
  logged(
    'release.stored',
    { ...say(ok, ok ? 'AllFilesReadBack' : 'HashMismatch'), files: 1, bytes: 1, ...more },
    signer,
    at,
  );
export const drawn = (at: number, validators: readonly Address[], quorum: number, epoch = 1, signer = hub) =>
  logged('release.drawn', { validators, quorum, epoch }, signer, at);
export const reported = (
  at: number,
  signer: Address,
  ok = true,
  more: { epoch?: number; issuedAt?: number; reason?: string } = {},
) =>
  logged(
    'release.validated',
    {
      ...say(ok, more.reason ?? (ok ? 'VectorsPassed' : 'VectorFailed')),
      epoch: more.epoch ?? 1,
      deterministic: true,
      runtime: { name: 'onnxruntime-node', version: '1.30.0' },
      loadMs: 1,
      peakBytes: 1,
      vectors: [],
    },
    signer,
    at,
    more.issuedAt,
  );
export const blocked = (at: number, condition = 'Verified', status = 'False', signer = hub) =>
  logged('release.blocked', { condition, status, reason: 'NoNodeFits', message: 'Too heavy.' }, signer, at);
export const probed = (at: number, ok = true, signer = hub) =>
  logged('release.probed', { ...say(ok, ok ? 'ProbeAnswered' : 'ProbeTimeout'), ms: 5, node: nodes[0] }, signer, at);
export const called = (
  at: number,
  counts: Partial<Record<string, number | null>> = { signed: 1, callers: 1, lastGoodAt: at },
  signer = hub,
) =>
  logged(
    'release.called',
    { signed: 0, keyless: 0, own: 0, failed: 0, callers: 0, lastGoodAt: null, ...counts },
    signer,
    at,
  );
