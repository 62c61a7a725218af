import { join, resolve } from 'node:path';
import { addressOf, parseAddress } from '@callable/protocol';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import { untilStopped } from '../context/until-stopped.ts';
import { CliError, exitCodes, usageError } from '../errors/cli-error.ts';
import { describeError } from '../errors/describe-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { findOrMakeKey } from '../keys/find-key.ts';
import { locateHome } from '../keys/locate-home.ts';
import { readOwnKey } from '../keys/read-own-key.ts';
import { findOrMakeToken } from '../proxy/find-or-make-token.ts';
import { openReceiptKeeper } from '../proxy/keep-receipts.ts';
import { serveProxy } from '../proxy/serve-proxy.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';

export const proxyCommand: Command = {
  name: 'proxy',
  positionals: [],
  summary: 'Signs the calls of programs that cannot: curl, tritonclient, KServe.',
  details:
    'Listens on this machine, passes /v1/run and /v2 on to a gateway as they are, and signs what calls a model with your key: the calls count as yours. No page in a browser may use it. Every program and user of this machine may, unless you ask for a token. A call is held until its last byte is here, 32 MiB at most, since its signature goes ahead. Receipts are kept in ~/.callable/receipts, the newest 10,000, without inputs and outputs.',
  options: {
    port: { value: 'PORT', help: 'where it listens on 127.0.0.1 (4620); 0 takes a free one' },
    gateway: { value: 'URL', help: 'the gateway to pass calls on to, where it is not at the address of the hub' },
    key: { value: 'FILE', help: 'sign with the key in this file, not with your own' },
    'on-behalf-of': {
      value: 'ADDRESS',
      help: 'sign in the name of this key, which let yours (callable key delegate --scope call)',
    },
    relies: { help: 'say with every call that you act on the answer' },
    token: { value: 'FILE', help: 'serve only who sends the token in this file, made when there is none' },
    receipts: { value: 'DIR', help: 'keep receipts there' },
    'no-receipts': { help: 'keep none' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    'callable proxy',
    'callable proxy --gateway https://gateway.example --token ~/.callable/proxy-token',
    'callable proxy --key ./server.key --on-behalf-of 0x…',
    `curl http://127.0.0.1:4620/v1/run/acme/iris -d '{"X": [[5.1, 3.5, 1.4, 0.2]]}'`,
  ],
  async run(context, given) {
    const { err, out, signal, clock } = context;
    const port = parseWholeNumber('port', given.text('port') ?? '4620', { min: 0, max: 65_535 });
    const base = given.text('gateway') ?? locateHub(context, given);
    if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol))
      throw usageError(`${base} is not the address of a gateway.`, 'Give one like --gateway http://127.0.0.1:4601');
    const name = given.text('on-behalf-of');
    const onBehalfOf = name === undefined ? null : parseAddress(name);
    if (name !== undefined && !onBehalfOf) throw usageError(`${name} is no address.`, 'Give one like 0x…');
    const file = given.text('key');
    const key = file === undefined ? (await findOrMakeKey(context)).key : await readOwnKey(resolve(context.cwd, file));
    if (!key) throw new CliError('KeyMissing', `There is no key in ${file}.`, 'Check the path of --key.');
    const tokenFile = given.text('token');
    const token = tokenFile === undefined ? null : await findOrMakeToken(context, resolve(context.cwd, tokenFile));
    const onError = (error: unknown) => err.write(`${describeError(error).message}\n`);
    const directory = given.flag('no-receipts')
      ? null
      : resolve(context.cwd, given.text('receipts') ?? join(locateHome(context), 'receipts'));
    const keeper = directory === null ? null : await openReceiptKeeper(directory, { clock, onError });
    const settings = { client: connectHub(context, base.replace(/\/+$/, ''), key), key, onBehalfOf, token };
    {
      await using proxy = await serveProxy(
        { ...settings, relies: given.flag('relies'), keep: keeper?.keep ?? (() => undefined) },
        { host: '127.0.0.1', port, onError },
      );
      const signer = addressOf(key);
      if (given.flag('json'))
        out.write(
          `${formatJson({ ready: true, url: proxy.url, gateway: base, signer, onBehalfOf, receipts: directory })}\n`,
        );
      else
        out.write(
          `${paint(out, 'green', '✓ Proxy')} at ${proxy.url} signs calls to ${base} as ${signer}${onBehalfOf ? `, in the name of ${onBehalfOf}` : ''}.\n  ${directory === null ? 'Receipts are not kept.' : `Receipts: ${directory}`} Ctrl-C stops it.\n`,
        );
      await untilStopped(signal);
    }
    await keeper?.close();
    return exitCodes.done;
  },
};
