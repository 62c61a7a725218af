import { reliabilityAt } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { CliError } from '../errors/cli-error.ts';
import { checked, type Finding, failed, unchecked } from './finding.ts';
import type { LogReading } from './read-log.ts';

/** What the log alone says of a node: who runs it, what audits found, and whether it was caught lying. */
export function judgeNode(
  context: Pick<CliContext, 'clock'>,
  { state }: Pick<LogReading, 'state'>,
  address: string,
): Finding[] {
  const node = state.nodes.get(address);
  if (!node?.joinedAt)
    throw new CliError('NodeNotFound', `No node ${address} joined in this log.`, 'Check the address: GET /v1/nodes');
  const { atLeast, audits } = reliabilityAt(node, context.clock(), state.policy);
  return [
    checked(
      'operator',
      node.operator === address
        ? `It answers for itself since ${new Date(node.joinedAt).toISOString()}.`
        : `${node.operator} and the node both say that it runs it.`,
    ),
    node.convicted
      ? failed(
          'standing',
          `${node.convicted.reason}: ${node.convicted.message} Evidence: ${node.convicted.evidence.join(', ')}.`,
        )
      : checked('standing', 'Nothing in the log convicts it.'),
    audits === 0
      ? unchecked('reliability', 'It was never audited: nothing is known.')
      : checked(
          'reliability',
          `At least ${(100 * atLeast).toFixed(1)} % of its answers are right, by ${audits} audits.`,
        ),
  ];
}
