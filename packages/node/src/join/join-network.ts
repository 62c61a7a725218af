import { join } from 'node:path';
import { readSmallFile, writeDurably } from '@callable/disk';
import { type Address, CallableError, type Statement, type StatementBody, signStatement } from '@callable/protocol';
import { findAudience, submitStatement } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { software } from './software.ts';
import { untilHubAnswers } from './until-hub-answers.ts';

export type JoinContext = Pick<
  NodeContext,
  'config' | 'key' | 'address' | 'clock' | 'random' | 'hub' | 'log' | 'presence'
>;

/**
 * Makes this node known: its signed statement goes into the log. A restart sends the same statement again, which
 * changes nothing in the log, unless what it says has changed. Waits while the hub is down.
 */
export async function joinNetwork(context: JoinContext, signal: AbortSignal): Promise<void> {
  const { memoryBytes, slots, operator } = context.config;
  const body = { software, memoryBytes, slots, ...(operator ? { operator } : {}) };
  const submit = async (statement: Statement) => void (await submitStatement(context.hub, statement, { signal }));
  await untilHubAnswers(context, 'joining', signal, async () => {
    const hub = await findAudience(context.hub, 'hub', signal);
    const { statement, isNew } = await stateOf(context, body, hub);
    await submit(statement).catch(async (error: unknown) => {
      // A hub that lost it takes no old word.
      if (isNew || !(error instanceof CallableError) || error.code !== 'StatementOutdated') throw error;
      await submit(await sign(context, body, hub));
    });
  });
  context.log.info({ node: context.address, hub: context.config.hubUrl }, 'joined the network');
}

async function stateOf(
  context: JoinContext,
  body: StatementBody<'node.joined'>,
  hub: Address,
): Promise<{ statement: Statement; isNew: boolean }> {
  const text = JSON.stringify({ ...body, hub });
  const last = await readSmallFile(pathOf(context), 10_000).then((stored) =>
    stored === null ? null : parseStored(stored),
  );
  // An operator counts from the first such statement after its delegation, which may have come since the last start.
  if (last && !body.operator && JSON.stringify(last.body) === text) return { statement: last, isNew: false };
  return { statement: await sign(context, body, hub), isNew: true };
}

async function sign(context: JoinContext, body: StatementBody<'node.joined'>, hub: Address): Promise<Statement> {
  const fact = { kind: 'node.joined', subject: context.address, body, issuedAt: context.clock(), hub };
  const statement = signStatement(fact, context.key);
  await writeDurably(pathOf(context), JSON.stringify(statement));
  return statement;
}

const pathOf = ({ config, address }: JoinContext) => join(config.dataDir, `joined-${address}.json`);

function parseStored(text: string): Statement | null {
  try {
    return JSON.parse(text);
  } catch {
    // A lost statement is signed again.
    return null;
  }
}
