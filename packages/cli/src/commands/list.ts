import type { ReleaseSummary } from '@callable/protocol';
import { listReleases, listWanted } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { exitCodes } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';
import { printWanted } from '../usage/print-wanted.ts';

export const listCommand: Command = {
  name: 'list',
  positionals: [],
  summary: 'Lists releases, newest first.',
  options: {
    search: { value: 'WORD', help: 'only those whose name holds this' },
    callable: { help: 'only those that can be called now' },
    stage: { value: 'STAGE', help: 'only those at published, stored, verified, reachable or worked' },
    stopped: { value: 'STAGE', help: 'only those that stopped before it' },
    wanted: { help: 'what was asked for in 7 days and nothing could answer, the most wanted first' },
    publisher: { value: 'WHO', help: 'only those of this address or handle' },
    label: { value: 'WORD', help: 'only those labelled so by somebody this hub follows' },
    'without-label': { value: 'WORD', help: 'only those not labelled so' },
    after: { value: 'NEXT', help: 'the next page, as the page before named it' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: ['callable list --callable', 'callable list --search iris --json'],
  async run(context, given) {
    const client = connectHub(context, locateHub(context, given), null);
    if (given.flag('wanted')) {
      const found = await listWanted(client, { signal: context.signal });
      if (given.flag('json')) context.out.write(`${formatJson(found)}\n`);
      else printWanted(context, found);
      return exitCodes.done;
    }
    const filter = Object.fromEntries(
      ['search', 'stage', 'stopped', 'publisher', 'label', 'without-label', 'after'].flatMap((name) => {
        const value = given.text(name);
        return value === undefined ? [] : [[name === 'without-label' ? 'withoutLabel' : name, value]];
      }),
    );
    const list = await listReleases(client, { ...filter, ...(given.flag('callable') ? { callable: true } : {}) });
    if (given.flag('json')) context.out.write(`${formatJson(list)}\n`);
    else printList(context, list.releases, list.next);
    return exitCodes.done;
  },
};

function printList(context: CliContext, releases: readonly ReleaseSummary[], next: string | null): void {
  if (releases.length === 0) context.err.write('No release fits. Publish one: callable publish ./model.onnx\n');
  for (const release of releases) {
    const failing = release.conditions.find(({ type, status }) => type !== 'Worked' && status !== 'True');
    const state = release.callable
      ? paint(context.out, 'green', '✓ callable')
      : paint(context.out, 'yellow', `… ${cleanText(failing?.reason ?? 'not callable', 60)}`);
    const labels = (release.labels ?? []).map(({ label }) => `  [${cleanText(label, 60)}]`).join('');
    const deprecated = release.notices?.deprecated ? paint(context.out, 'yellow', '  deprecated') : '';
    const title = release.title === null ? '' : `  ${cleanText(release.title, 120)}`;
    context.out.write(
      `${cleanText(release.reference, 160)}  ${state}  ${formatBytes(release.bytes)}${title}${deprecated}${labels}\n`,
    );
  }
  if (next !== null) context.err.write(`More: --after ${cleanText(next, 200)}\n`);
}
