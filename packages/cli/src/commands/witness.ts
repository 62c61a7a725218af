import { join, resolve } from 'node:path';
import { acquireDataLock } from '@callable/disk';
import {
  addressOf,
  ed25519Cosignature,
  ed25519Note,
  formatVerifierKey,
  isKeyName,
  noteKeyOf,
  parseVerifierKey,
} from '@callable/protocol';
import type { Command } from '../arguments/command.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import { untilStopped } from '../context/until-stopped.ts';
import { exitCodes, usageError } from '../errors/cli-error.ts';
import { describeError } from '../errors/describe-error.ts';
import { makeOwnKey } from '../keys/make-own-key.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';
import { openWitness } from '../witness/open-witness.ts';
import { serveWitness } from '../witness/serve-witness.ts';

export const witnessCommand: Command = {
  name: 'witness',
  positionals: [],
  summary: 'Watches the log of a hub: cosigns its checkpoints as long as it shows one history only.',
  details:
    'A C2SP tlog-witness for one log. Its key and the last checkpoint it cosigned are in DIR; losing that is losing the witness. Give its verifier key to the operator of the hub and to whoever reads the log.',
  options: {
    vkey: { value: 'VKEY', help: "the log's verifier key, from GET /v1/log of the hub" },
    origin: { value: 'ORIGIN', help: 'the name of the log; must be that of its key' },
    data: { value: 'DIR', help: 'where the witness keeps its key and its record' },
    listen: { value: 'HOST:PORT', help: 'where it answers (127.0.0.1:4700); port 0 takes a free one' },
    name: { value: 'NAME', help: 'the name it signs with (callable-witness/ and the address of its key)' },
    json: { help: 'print {"ready":true,"url":"…","vkey":"…"} as one line' },
  },
  examples: [
    'callable witness --vkey callable/0xa1…+0a1b2c3d+AbCd… --data ./witness',
    'callable witness --vkey callable/0xa1…+0a1b2c3d+AbCd… --data ./witness --listen 0.0.0.0:4700 --name witness.example.org',
  ],
  async run(context, given) {
    const { err, out, signal, clock } = context;
    const log = parseVerifierKey(given.text('vkey') ?? '');
    const data = given.text('data');
    const origin = given.text('origin');
    if (!log || log.algorithm !== ed25519Note)
      throw usageError('callable witness needs --vkey, an Ed25519 key of a log.', 'Ask the hub: GET /v1/log');
    if (data === undefined) throw usageError('callable witness needs --data.', 'For example: --data ./witness');
    if (origin !== undefined && origin !== log.name)
      throw usageError(`The key is that of ${log.name}, not of ${origin}.`, 'Check --origin and --vkey.');
    const dataDir = resolve(context.cwd, data);
    const { key: secret } = await makeOwnKey(context, join(dataDir, 'key'));
    const name = given.text('name') ?? `callable-witness/${addressOf(secret)}`;
    if (!isKeyName(name)) throw usageError('A witness has a name without spaces and plus signs.', 'Check --name.');
    const { host, port } = parseListen(given.text('listen') ?? '127.0.0.1:4700');
    // Before the record is read: two processes that remember one size each would cosign two histories.
    await using _lock = await acquireDataLock(dataDir, 'witness');
    const witness = await openWitness({ log, key: { name, secret }, recordFile: join(dataDir, 'checkpoint'), clock });
    const onError = (error: unknown) => err.write(`${describeError(error).message}\n`);
    await using server = await serveWitness(witness, { host, port, onError });
    const vkey = formatVerifierKey(noteKeyOf(name, secret, ed25519Cosignature));
    if (given.flag('json')) out.write(`${formatJson({ ready: true, url: server.url, vkey })}\n`);
    else
      out.write(
        `${paint(out, 'green', '✓ Witness')} of ${log.name} at ${server.url}\n  ${vkey}\n  ${witness.record()?.size ?? 0} entries cosigned so far. Ctrl-C stops it.\n`,
      );
    await untilStopped(signal);
    return exitCodes.done;
  },
};

function parseListen(text: string): { host: string; port: number } {
  const parts = /^(.+):([0-9]+)$/.exec(text);
  if (!parts) throw usageError('--listen is HOST:PORT.', 'For example: --listen 127.0.0.1:4700');
  const [, host = '', port = ''] = parts;
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: parseWholeNumber('listen', port, { min: 0, max: 65_535 }) };
}
