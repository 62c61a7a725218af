import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { addressOf, formatVerifierKey, type StatementBody, signStatement, toHex } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';
import { formatSuccessors, parseSuccessors } from '../log/directory/log-successors.ts';
import { readOrNull } from '../log/directory/read-log-file.ts';
import { writeFiles } from '../log/directory/write-files.ts';
import type { LogHead } from '../log/log-head.ts';

export type EndedLog = StatementBody<'log.continued'>['ended'] & { kept: number; lost: number; successor: string };

/**
 * Ends the log of this hub and begins another under a name of its own, whose statement `log.continued` says which log
 * ended where, and how much of it is lost. The files of the old one are moved beside, for whoever reads it.
 */
export async function giveUpLog(ctx: HubContext, last: LogHead, kept: number): Promise<EndedLog> {
  const { tlog } = ctx;
  const ended = { origin: tlog.key.name, vkey: tlog.vkey, size: last.size, root: toHex(last.root) };
  const successor = nameSuccessor(tlog.key.name);
  const vkey = formatVerifierKey({ ...tlog.key, name: successor });
  const lost = last.size - kept;
  // Whatever is moved below, the head that ended the log stays where a start of the old one finds it.
  await writeFile(tlog.laterFile, last.note);
  await ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    await tx.deleteFrom('log_rollback').execute();
    const hub = addressOf(ctx.key);
    const body = { origin: successor, vkey, ended, kept, lost };
    const fact = { kind: 'log.continued', subject: hub, body, issuedAt: ctx.clock() };
    await appendStatement(ctx, tx, signStatement(fact, ctx.key));
  });
  const aside = `ended-${last.size}`;
  for (const path of [tlog.directory, tlog.headFile]) await moveAside(path, aside);
  const before = parseSuccessors(await readOrNull(tlog.successorsFile));
  await writeFile(tlog.successorsFile, formatSuccessors([...before, { was: tlog.key.name, now: successor }]));
  await moveAside(tlog.laterFile, aside);
  return { ...ended, kept, lost, successor };
}

/** `callable/0x…`, then `callable/0x…/2`, `/3`: a log is its name and its key, so another needs another name. */
function nameSuccessor(name: string): string {
  const [, stem = name, number = '1'] = /^(.*)\/([1-9][0-9]{0,5})$/.exec(name) ?? [];
  return `${stem}/${Number(number) + 1}`;
}

const writeFile = (path: string, text: string) =>
  writeFiles(dirname(path), [{ path: basename(path), bytes: new TextEncoder().encode(text) }]);

async function moveAside(path: string, name: string): Promise<void> {
  await rename(path, join(dirname(path), `${basename(path)}-${name}`)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
