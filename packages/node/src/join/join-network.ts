import { join } from 'node:path';
import { readSmallFile, writeDurably } from '@callable/disk';
import { type Statement, type StatementBody, signStatement } from '@callable/protocol';
import { submitStatement } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { software } from './software.ts';
import { untilHubAnswers } from './until-hub-answers.ts';

export type JoinContext = Pick<NodeContext, 'config' | 'key' | 'address' | 'clock' | 'random' | 'hub' | 'log'>;

/**
 * Makes this node known: its signed statement goes into the log. A restart sends the same statement again, which
 * changes nothing in the log, unless what it says has changed. Waits while the hub is down.
 */
export async function joinNetwork(context: JoinContext, signal: AbortSignal): Promise<void> {
  const { memoryBytes, slots, operator } = context.config;
  const statement = await stateOf(context, { software, memoryBytes, slots, ...(operator ? { operator } : {}) });
  await untilHubAnswers(context, 'joining', signal, () => submitStatement(context.hub, statement, { signal }));
  context.log.info({ node: context.address, hub: context.config.hubUrl }, 'joined the network');
}

async function stateOf(context: JoinContext, body: StatementBody<'node.joined'>): Promise<Statement> {
  const path = join(context.config.dataDir, `joined-${context.address}.json`);
  const text = JSON.stringify(body);
  const last = await readSmallFile(path, 10_000).then((stored) => (stored === null ? null : parseStored(stored)));
  // An operator counts from the first such statement after its delegation, which may have come since the last start.
  if (last && !body.operator && JSON.stringify(last.body) === text) return last;
  const fact = { kind: 'node.joined', subject: context.address, body, issuedAt: context.clock() };
  const statement = signStatement(fact, context.key);
  await writeDurably(path, JSON.stringify(statement));
  return statement;
}

function parseStored(text: string): Statement | null {
  try {
    return JSON.parse(text);
  } catch {
    // A lost statement is signed again.
    return null;
  }
}
