import type { ByteSource } from '../../bytes-source.ts';
import type { RewriteOptions } from '../../format.ts';
import { editSource, replaced } from '../edit/edit-source.ts';
import { isOfficial } from '../operators/find-history.ts';
import { planVersions } from '../versions/plan-versions.ts';
import { integerField } from '../wire/encode-field.ts';
import { readUsedOperators } from './read-used-operators.ts';
import type { Rewritten } from './rewrite-step.ts';

/**
 * Lowers the operator sets and the IR version of a model to what nodes run, where every operator it uses is unchanged in
 * between. The newest exporters write numbers that Python's runtime reads and the nodes' does not. Only those numbers
 * change. Where it cannot be done the model is left alone, and the inspection names the number to export with.
 */
export async function lowerVersions(source: ByteSource, { signal }: RewriteOptions): Promise<Rewritten | null> {
  const written = await readUsedOperators(source, signal);
  if (!written) return null;
  const plan = planVersions(written.used);
  if (plan.kind !== 'lower') return null;
  const edits = written.opsets.flatMap(({ domain, version, field }) => {
    const target = isOfficial(domain) ? plan.opsets.get(domain) : undefined;
    return target !== undefined && version > target ? [replaced(field, integerField(2, target))] : [];
  });
  if (plan.ir !== null && written.ir) edits.push(replaced(written.ir, integerField(1, plan.ir)));
  return { source: editSource(source, edits), notice: plan.notice };
}
