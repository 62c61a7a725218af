import type { ReleaseView } from '@callable/protocol';
import { type Client, getRelease } from '@callable/sdk';
import { checkReference } from '../arguments/check-reference.ts';
import { type Command, sharedOptions } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { exitCodes } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { changedLines } from '../status/changed-lines.ts';
import { formatStatus } from '../status/format-status.ts';
import { watchStatus } from '../status/watch-status.ts';
import { formatJson } from '../terminal/format-json.ts';
import { openLiveBlock } from '../terminal/live-block.ts';

export const statusCommand: Command = {
  name: 'status',
  positionals: ['REF'],
  summary: 'Shows the five conditions of a release: what is true, since when, on what evidence, and what to do next.',
  details:
    'REF is publisher/name, publisher/name@version, publisher/name@sha256:… or a digest. Also shown: who checked it and what they found, what publisher and hub have said of it, labels, and where nothing works the last release that does. Ends with 0 when it is callable, else with 3.',
  options: {
    watch: { help: 'stay and show every change until Ctrl-C' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: ['callable status acme/iris', 'callable status acme/iris@1.0.0 --watch'],
  async run(context, given) {
    const release = checkReference(given.positionals[0] ?? '');
    const hub = locateHub(context, given);
    const client = connectHub(context, hub, null);
    const json = given.flag('json');
    const first = await getRelease(client, release, { signal: context.signal });
    const print = (view: ReleaseView) =>
      context.out.write(
        `${formatStatus(view, context.out, { now: context.clock(), hub: client.baseUrl }).join('\n')}\n`,
      );
    let view = first;
    if (given.flag('watch')) {
      const watch = json ? watchSilently : context.out.isTerminal ? watchInPlace : watchAsLines;
      view = await watch(context, client, first, print);
    } else if (!json) print(view);
    if (json) context.out.write(`${formatJson(view)}\n`);
    const isRefused = view.notices?.refused?.scopes.includes('calls') === true;
    return view.callable && !isRefused ? exitCodes.done : exitCodes.notCallable;
  },
};

type Watch = (
  context: CliContext,
  client: Client,
  first: ReleaseView,
  print: (view: ReleaseView) => void,
) => Promise<ReleaseView>;

/** The last view, when Ctrl-C ends it. */
const watchSilently: Watch = async (context, client, first) => {
  let view = first;
  for await (const next of watchStatus(client, first.digest, context.signal)) view = next;
  return view;
};

/** Everything once, then a line for each change. */
const watchAsLines: Watch = async (context, client, first, print) => {
  let view = first;
  print(view);
  for await (const next of watchStatus(client, first.digest, context.signal)) {
    for (const line of changedLines(view, next, context.out, context.clock()))
      context.out.write(`${new Date(context.clock()).toISOString()} ${line.trimStart()}\n`);
    view = next;
  }
  return view;
};

const watchInPlace: Watch = async (context, client, first, print) => {
  let view = first;
  const block = openLiveBlock(context.out);
  const draw = () => block.draw(formatStatus(view, context.out, { now: context.clock(), hub: client.baseUrl }));
  draw();
  // Ages go on while nothing else happens.
  const ticking = setInterval(draw, 1000);
  try {
    for await (const next of watchStatus(client, first.digest, context.signal)) {
      view = { ...next, alias: first.alias ?? null };
      draw();
    }
  } finally {
    clearInterval(ticking);
    // For good now, and whole: the block shows no more than fits on the screen.
    block.clear();
    print(view);
  }
  return view;
};
