import { join, resolve } from 'node:path';
import { addressOf } from '@callable/protocol';
import { getNetwork } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { untilStopped } from '../context/until-stopped.ts';
import { exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { makeOwnKey } from '../keys/make-own-key.ts';
import { explainVoice } from '../nodes/explain-voice.ts';
import { formatPresence } from '../nodes/format-presence.ts';
import { nodeOptions, readNodeSettings } from '../nodes/read-node-settings.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';

export const nodeStartCommand: Command = {
  name: 'node start',
  positionals: [],
  summary: 'Joins the network as a node: checks releases, keeps them and answers calls. No approval is needed.',
  details: 'The key of the node is made on first use and kept in DIR. Ctrl-C lets running calls end and leaves.',
  options: {
    data: { value: 'DIR', help: 'where the node keeps its key and its models' },
    hub: sharedOptions.hub,
    ...nodeOptions,
    json: { help: 'print {"ready":true,"node":"0x…"} as one line once it has joined' },
  },
  examples: [
    'callable node start --data ./node2',
    'callable node start --hub http://127.0.0.1:4600 --data ./node2 --memory 4G --disk 50G --slots 2',
    'callable node start --hub https://hub.example --data ./node --peer-listen 0.0.0.0:4701 --peer-url http://node.example:4701',
  ],
  async run(context, given) {
    const { err, out, signal } = context;
    const data = given.text('data');
    if (data === undefined) throw usageError('callable node start needs --data.', 'For example: --data ./node');
    const dataDir = resolve(context.cwd, data);
    const settings = await readNodeSettings(given);
    const hub = locateHub(context, given);
    const { key } = await makeOwnKey(context, join(dataDir, 'key'));
    const client = connectHub(context, hub, key);
    // A node waits for its hub for ever; a person who mistyped the address wants to know at once.
    await getNetwork(client, { signal });
    const { startNode } = await import('@callable/node');
    const node = await startNode(
      { ...settings, hubUrl: client.baseUrl, dataDir, key },
      // Programs read the log; for people one line is enough, however often it is tried meanwhile.
      given.flag('json') ? {} : { onPresence: (event) => err.write(`${formatPresence(event)}\n`) },
    );
    const replaced = node.ended.then((reason) => {
      throw reason;
    });
    // Heard by the races below; without one it must not end the process.
    replaced.catch(() => undefined);
    try {
      await Promise.race([node.joined, replaced, untilStopped(signal)]);
      if (given.flag('json')) out.write(`${formatJson({ ready: true, node: addressOf(key) })}\n`);
      else
        out.write(
          `${paint(out, 'green', '✓ Node')} ${addressOf(key)} has joined ${client.baseUrl}\n${explainVoice(client.baseUrl)}Ctrl-C lets running calls end and leaves.\n`,
        );
      await Promise.race([replaced, untilStopped(signal)]);
    } finally {
      err.write('\nLeaving …\n');
      await node[Symbol.asyncDispose]();
    }
    return exitCodes.done;
  },
};
