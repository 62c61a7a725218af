import { classifyAudit, type StatementBody } from '@callable/protocol';
import type { Replica } from '../replicas/replica.ts';
import type { Adjudicated, Inspected } from './adjudicate-release.ts';
import { type StatedFinding, warn } from './check-findings.ts';
import { compareRuntimes } from './compare-runtimes.ts';
import { reviveModel } from './revive-model.ts';
import { stated } from './stated.ts';
import { tryExtremes } from './try-extremes.ts';

/** What a validation says of a release beyond its verdict. */
export type ReleaseChecks = Pick<
  StatementBody<'release.validated'>,
  'findings' | 'auditClass' | 'spread' | 'adjudication'
>;

/** Seeded runs may take this long each, extreme ones less; a model within its vectors' time never gets near. */
const longestMs = 5_000;
const shortestMs = 1_000;
const extremesMs = 10_000;
/** A model is slow, not hanging, until it takes this many times as long as its slowest vector. */
const patience = 20;

/**
 * The bounded run beyond the vectors: the made-up inputs natively, beside the canonical answers to them,
 * then values at the ends of every datatype. All of it warns; what ends a validation are the vectors. The replica is
 * alive and loaded afterwards, or gone for good.
 */
export async function checkRelease(
  replica: Replica,
  { format, summary }: Inspected,
  adjudicated: Adjudicated,
  slowestVectorMs: number,
  signal: AbortSignal,
): Promise<ReleaseChecks> {
  const { model, release } = replica;
  const { seed, example, adjudication } = adjudicated;
  const deadlineMs = Math.min(longestMs, Math.max(shortestMs, patience * slowestVectorMs));
  const findings: StatedFinding[] = adjudicated.finding ? [adjudicated.finding] : [];
  const onWasm = adjudication?.passed === false ? adjudicated.vectors.find(({ failure }) => failure)?.failure : null;
  if (onWasm) findings.push(warn('VectorFailsOnWasm', `On wasm: ${onWasm.message}`));

  const compared = await compareRuntimes(model, adjudicated, Math.max(deadlineMs, 2 * slowestVectorMs), signal);
  findings.push(...compared.findings);
  if (example && model.deaths === 0 && format.checks.extremes) {
    const limits = { salt: seed, deadlineMs, budgetMs: extremesMs, signal };
    findings.push(...(await tryExtremes(model, example, release.manifest.inputs, limits)));
  }
  await reviveModel(replica, example, seed, signal);

  const reproducible = summary.flags.reproducible && compared.converges;
  const { spread } = compared;
  const { auditClass } = classifyAudit({ reproducible, adjudicated: adjudication !== null, spread });
  return { findings: stated(summary.findings, findings), auditClass, spread, adjudication };
}
