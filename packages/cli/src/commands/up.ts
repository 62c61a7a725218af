import type { HubEvent, NodeEvent, OutageEvent } from '@callable/local';
import { type CallableError, defaultPolicy } from '@callable/protocol';
import type { Command } from '../arguments/command.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import type { CliContext } from '../context/cli-context.ts';
import { untilStopped } from '../context/until-stopped.ts';
import { asUsage } from '../errors/as-usage.ts';
import { CliError, exitCodes } from '../errors/cli-error.ts';
import { describeError } from '../errors/describe-error.ts';
import { awaitLog } from '../network/await-log.ts';
import { findCheckout } from '../network/find-checkout.ts';
import { formatHubEvent } from '../network/format-hub-event.ts';
import { formatOutage } from '../network/format-outage.ts';
import { listExamples } from '../network/list-examples.ts';
import { locateData } from '../network/locate-data.ts';
import { publishExamples } from '../network/publish-examples.ts';
import { formatNodeEvent } from '../nodes/format-node-event.ts';
import { formatCurl } from '../publish/format-curl.ts';
import { formatDuration } from '../terminal/format-duration.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';

const MiB = 2 ** 20;
/** Each is a process and two empty runners, about 400 MB. */
const mostNodes = 64;

export const upCommand: Command = {
  name: 'up',
  positionals: [],
  summary: 'Starts a whole network on this machine: database, hub, gateway and nodes, all in this process tree.',
  details: [
    'Publishes the example models on the first start. Ctrl-C stops everything; the next start continues.',
    'With --nodes 3 each node is a process of its own, whose number is printed: kill one, and another answers. They share',
    'what one would take of the machine, and one that ends is started again. They are one voice: all are the hub’s own.',
  ].join('\n'),
  options: {
    data: { value: 'DIR', help: 'where everything is kept (.callable in a checkout, else ~/.callable/network)' },
    port: { value: 'P', help: 'port of the API (4600); 0 takes a free one' },
    'public-url': {
      value: 'URL',
      help: 'how others reach this network through a proxy, like https://hub.example (none: this machine alone)',
    },
    'trusted-proxies': {
      value: 'N|ADDRESSES',
      help: 'proxies in front that say where requests come from: how many, or their addresses and networks (none)',
    },
    'held-bodies': {
      value: 'MIB',
      help: 'memory for bodies of calls under way, of all networks (256); one network gets at most 38',
    },
    nodes: {
      value: 'N',
      help: 'nodes of its own (1): one is in this process, several are processes; 0: releases wait for others to join',
    },
    seeds: {
      value: 'ADDRESSES|none',
      help: 'operators whose nodes decide what newcomers say, comma-separated (the hub’s own); none: all count alike',
    },
    'no-examples': { help: 'do not publish the example models' },
    json: { help: 'print {"ready":true,"url":"…","nodes":[…]} as one line when calls are possible' },
  },
  examples: ['callable up', 'callable up --nodes 3', 'callable up --port 0 --data ./network --no-examples --json'],
  async run(context, given) {
    const { err, out, clock, signal } = context;
    const began = clock();
    const port = parseWholeNumber('port', given.text('port') ?? '4600', { min: 0, max: 65_535 });
    const heldBodyBytes =
      MiB * parseWholeNumber('held-bodies', given.text('held-bodies') ?? '256', { min: 38, max: 1e6 });
    const nodes = parseWholeNumber('nodes', given.text('nodes') ?? '1', { min: 0, max: mostNodes });
    const dataDir = locateData(context, given.text('data'));
    const { locateLogHeads, parsePublicUrls, parseSeeds, parseTrustedProxies, startLocalNetwork } = await import(
      '@callable/local'
    );
    const proxies = given.text('trusted-proxies');
    const trustedProxies = asUsage('up', () => parseTrustedProxies('--trusted-proxies', proxies));
    const publicUrls = asUsage('up', () => parsePublicUrls('--public-url', given.text('public-url')));
    const seeds = asUsage('up', () => parseSeeds('--seeds', given.text('seeds') ?? context.env.CALLABLE_SEEDS));
    err.write(`${paint(err, 'bold', 'Callable')} starting with its data in ${dataDir} …\n`);
    const databaseUrl = context.env.DATABASE_URL || null;
    const logHeads = locateLogHeads(context.env);
    const onNode = (event: NodeEvent) => err.write(`${formatNodeEvent(event)}\n`);
    const onHub = (event: HubEvent) => err.write(`${formatHubEvent(event)}\n`);
    const onOutage = (event: OutageEvent) => {
      const line = formatOutage(event);
      if (line !== null) err.write(`${line}\n`);
    };
    const ways = {
      port,
      publicUrls,
      trustedProxies,
      gateway: { heldBodyBytes },
      hub: { policy: { ...defaultPolicy, ...seeds } },
    };
    const settings = { ...ways, dataDir, databaseUrl, logHeads, nodes, onNode, onHub, onOutage };
    const network = await startLocalNetwork(settings).catch((error: unknown) => {
      throw portError(error, port);
    });
    try {
      const { url } = network;
      const trouble = await awaitLog(context, url);
      if (trouble) {
        sayNotReady(context, url, trouble, given.flag('json'));
        await untilStopped(signal);
        return exitCodes.failed;
      }
      const examples = given.flag('no-examples') ? [] : listExamples(findCheckout());
      if (examples.length === 0 && !given.flag('no-examples'))
        err.write('There are no example models here to publish.\n');
      const releases = await publishExamples(context, { url, dataDir, examples, wait: nodes > 0 });
      if (given.flag('json'))
        out.write(
          `${formatJson({ ready: true, url, nodes: network.nodes.map(({ address, pid }) => ({ node: address, pid })) })}\n`,
        );
      else {
        const release = releases.find(({ callable }) => callable);
        out.write(`\n${paint(out, 'green', '✓ Ready')} in ${formatDuration(clock() - began)} at ${url}\n`);
        if (nodes === 0) out.write(`\n${inviteNode(url)}\n`);
        if (release) out.write(`\n${formatCurl(url, release.reference, release.manifest)}\n`);
        out.write('\nCtrl-C stops everything.\n');
      }
      await untilStopped(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      err.write('\nStopping …\n');
      await network[Symbol.asyncDispose]();
    }
    return exitCodes.done;
  },
};

/** Without a node nothing is verified and nothing answers: `callable status` of each release says so. */
const inviteNode = (url: string) =>
  `No node is here: releases wait until one of a seed joins, with --seeds none any.\n  callable node start --hub ${url} --data ./node`;

/** It runs on: what is there can be read, and whoever has the missing entries can see how far this log goes. */
function sayNotReady({ err, out }: CliContext, url: string, trouble: CallableError, json: boolean): void {
  const { code, message, next } = describeError(trouble);
  if (json) out.write(`${formatJson({ ready: false, url, error: { code, message, next } })}\n`);
  else err.write(`\n${paint(err, 'red', '✗ Not ready')} at ${url}: ${message}\n  ${next}\n`);
}

function portError(error: unknown, port: number): unknown {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    if ('code' in cause && cause.code === 'EADDRINUSE')
      return new CliError(
        'PortInUse',
        `Port ${port} is in use, perhaps by a network that runs already.`,
        `Use that one (--hub http://127.0.0.1:${port}), stop it, or take another port: --port 0`,
        { cause: error },
      );
    cause = cause.cause;
  }
  return error;
}
