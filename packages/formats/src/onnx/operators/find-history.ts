import { openTable } from './open-table.ts';
import { newestOpsets, operatorHistory } from './operator-history.ts';

/** The official domains, written out. */
export type OfficialDomain = keyof typeof operatorHistory;

export function isOfficial(domain: string): domain is OfficialDomain {
  return Object.hasOwn(operatorHistory, domain);
}

/** The newest operator set whose definitions are known here. */
export function newestOpset(domain: OfficialDomain): number {
  return newestOpsets[domain];
}

/**
 * The operator set that gave an operator with these attributes the meaning it has in another: equal numbers are equal
 * meanings. `unknown` for an operator no official set has, `absent` where that set has none of this name, or no longer.
 */
export function meaningAt(
  domain: OfficialDomain,
  op: string,
  attributes: ReadonlySet<string>,
  opset: number,
): number | 'unknown' | 'absent' {
  const steps = stepsOf(domain, op);
  if (!steps) return 'unknown';
  const step = steps.findLast(({ since, only }) => since <= opset && (only === null || attributes.has(only)));
  return !step || step.removed ? 'absent' : step.since;
}

/** The operator set an operator came with, or null for one that no official set has. */
export function firstOpset(domain: OfficialDomain, op: string): number | null {
  return stepsOf(domain, op)?.[0]?.since ?? null;
}

/** `only`: the attribute without which it is no step. */
type Step = { readonly since: number; readonly removed: boolean; readonly only: string | null };
const stepsOf = openTable(operatorHistory, (rest): readonly Step[] => rest.split(' ').map(parseStep));

/** `13`, `x10` or `28?mode`. */
function parseStep(text: string): Step {
  const [since = '', only = null] = text.split('?');
  return { since: Number(since.replace('x', '')), removed: since.startsWith('x'), only };
}
