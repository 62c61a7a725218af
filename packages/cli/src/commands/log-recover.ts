import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, sharedOptions } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { CliError, exitCodes } from '../errors/cli-error.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';

export const logRecoverCommand: Command = {
  name: 'log recover',
  positionals: [],
  summary: 'For the operator of a hub that says LogRolledBack: brings the missing entries of its log back.',
  details: [
    'Stop the hub first. Takes what is missing from the files of the log in DIR and from --from: copies of the log in',
    'directories, and URLs of hubs, mirrors of /log/ or nodes (their port for other nodes). Everything is verified',
    'against the last head that the hub signed, so that a source can only fail, not lie. Statements taken in since the',
    'copy was put back are kept behind those. Then the hub signs again.',
    'With --give-up, what does not come back is lost: another log, under another name, takes the place of this one, and',
    'its statement log.continued says so to everybody.',
  ].join('\n'),
  options: {
    data: { value: 'DIR', help: 'the data directory of callable up or of the hub (.callable)' },
    from: { value: 'LIST', help: 'directories and URLs, separated by commas' },
    'give-up': { help: 'end this log where it cannot be recovered, and begin another that names it' },
    json: sharedOptions.json,
  },
  examples: [
    'callable log recover --from ./log-copy',
    'callable log recover --data ./network --from http://10.0.0.7:4610,./node/log/callable_0xa1…',
    'callable log recover --give-up',
  ],
  async run(context, given) {
    const dataDir = await findHub(context, given.text('data') ?? '.callable');
    const { openForRecovery, openLogSource, recoverLog } = await import('@callable/local/maintenance');
    await using hub = await openForRecovery(dataDir, context.env);
    const names = (given.text('from') ?? '').split(',').filter((name) => name.trim() !== '');
    const sources = [];
    for (const name of names)
      sources.push(await openLogSource(hub, /^https?:/.test(name) ? name : resolve(context.cwd, name)));
    const verdict = await recoverLog(hub, sources, { giveUp: given.flag('give-up'), signal: context.signal });
    if (!verdict.ok)
      throw new CliError(
        'LogRolledBack',
        `The log up to its head over ${verdict.size} entries does not come back. ${verdict.why.join(' ')}`,
        'Name further copies or nodes with --from; --give-up ends this log and begins another.',
      );
    if (given.flag('json')) context.out.write(`${formatJson({ ok: true, ...verdict.recovery })}\n`);
    else sayRecovery(context, verdict.recovery);
    return exitCodes.done;
  },
};

type Recovery = Extract<
  Awaited<ReturnType<typeof import('@callable/local/maintenance')['recoverLog']>>,
  { ok: true }
>['recovery'];

function sayRecovery({ out }: CliContext, { size, recovered, moved, releases, ended }: Recovery): void {
  const lines = [`${recovered} entries are back, ${moved} statements taken in since stand behind them.`];
  if (releases.brought.length > 0) lines.push(`${releases.brought.length} releases are back with their manifests.`);
  for (const digest of releases.missing) lines.push(`Its publisher has to publish again: ${digest}`);
  if (ended)
    lines.push(
      `The log ${ended.origin} has ended at ${ended.size} entries, of which ${ended.lost} are lost.`,
      `Its place takes ${ended.successor}, which says so in its statement log.continued.`,
      'Witnesses take it under its new verifier key, in a directory of its own: GET /v1/log',
    );
  else lines.push(`The log is whole up to its head over ${size} entries: the hub may be started, and signs.`);
  out.write(`${paint(out, 'green', '✓')} ${lines.join('\n  ')}\n`);
}

/** Of `callable up`, whose hub is one folder deeper, or of a hub alone. */
async function findHub({ cwd }: Pick<CliContext, 'cwd'>, data: string): Promise<string> {
  const directory = resolve(cwd, data);
  for (const path of [join(directory, 'hub'), directory]) {
    const isHub = await access(join(path, 'log-key')).then(
      () => true,
      () => false,
    );
    if (isHub) return path;
  }
  throw new CliError('LogMissing', `${directory} holds no hub.`, 'Name its data directory: --data DIR');
}
