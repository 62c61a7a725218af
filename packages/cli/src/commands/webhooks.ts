import { type EventKind, eventKinds, ownMember, type WebhookView } from '@callable/protocol';
import { addWebhook, listWebhooks, removeWebhook } from '@callable/sdk';
import { type Command, type Given, sharedOptions } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { type ExitCode, exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { findOrMakeKey } from '../keys/find-key.ts';
import { requireKey } from '../keys/require-key.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatJson } from '../terminal/format-json.ts';

const actions: Record<string, (context: CliContext, given: Given) => Promise<ExitCode>> = { add, list, rm };

export const webhooksCommand: Command = {
  name: 'webhooks',
  positionals: ['add|list|rm', '[REF|PUBLISHER|ID]', '[URL]'],
  summary: 'Has a hub tell an address of yours what becomes of a release, or of all of a publisher.',
  details:
    'The endpoint is sent webhook.verify first and must repeat data.challenge in its answer. Messages are signed as Standard Webhooks has it; the secret is shown once, when the webhook is added.',
  options: {
    kinds: { value: 'LIST', help: `which events, of ${eventKinds.map(shorten).join(',')} (all)` },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    'callable webhooks add acme/iris@1.0.0 https://acme.example/hook --kinds broke,recovered',
    'callable webhooks add acme https://acme.example/hook',
    'callable webhooks list',
    'callable webhooks rm 5f0c…',
  ],
  async run(context, given) {
    const word = given.positionals[0] ?? '';
    const action = ownMember(actions, word);
    if (!action) throw usageError(`callable webhooks does not know ${word}.`, 'It knows add, list and rm.');
    return action(context, given);
  },
};

async function add(context: CliContext, given: Given): Promise<ExitCode> {
  const [, subject, url] = given.positionals;
  if (subject === undefined || url === undefined)
    throw usageError(
      'callable webhooks add needs a release or a publisher, and a URL.',
      'See: callable webhooks --help',
    );
  const { key } = await findOrMakeKey(context);
  const client = connectHub(context, locateHub(context, given), key);
  const about = subject.includes('/') || subject.startsWith('sha256:') ? { release: subject } : { publisher: subject };
  const kinds = given.text('kinds')?.split(',').map(kindOf);
  const made = await addWebhook(client, { url, ...about, ...(kinds ? { kinds } : {}) }, context);
  if (given.flag('json')) context.out.write(`${formatJson(made)}\n`);
  else {
    context.out.write(`${cleanText(made.id, 60)}\n`);
    context.err.write(`Its secret, shown this once: ${cleanText(made.secret, 100)}\n`);
    context.err.write('It is told nothing before its endpoint has repeated the challenge: callable webhooks list\n');
  }
  return exitCodes.done;
}

async function list(context: CliContext, given: Given): Promise<ExitCode> {
  const client = connectHub(context, locateHub(context, given), await requireKey(context));
  const found = await listWebhooks(client, context);
  const lines = found.webhooks.map(formatWebhook);
  if (given.flag('json')) context.out.write(`${formatJson(found)}\n`);
  else context.out.write(lines.length === 0 ? 'This key has no webhooks.\n' : `${lines.join('\n')}\n`);
  return exitCodes.done;
}

async function rm(context: CliContext, given: Given): Promise<ExitCode> {
  const id = given.positionals[1] ?? '';
  if (!/^[0-9a-f]{32}$/.test(id)) throw usageError('callable webhooks rm needs an ID.', 'See: callable webhooks list');
  const client = connectHub(context, locateHub(context, given), await requireKey(context));
  await removeWebhook(client, id, context);
  context.out.write(given.flag('json') ? `${formatJson({ id, removed: true })}\n` : `${id} is ended.\n`);
  return exitCodes.done;
}

function formatWebhook({ id, url, release, publisher, state, reason, kinds, last }: WebhookView): string {
  const about = `${release ?? publisher}: ${kinds.map(shorten).join(', ')}`;
  const result = last ? `last ${last.at}: ${last.delivered ? 'delivered' : last.message}` : 'not tried yet';
  return [`${id}  ${state}${reason ? ` (${reason})` : ''}`, `  ${url}`, `  ${about}`, `  ${result}`]
    .map((line) => cleanText(line, 300))
    .join('\n');
}

function shorten(kind: EventKind): string {
  return kind.replace('release.', '');
}

function kindOf(word: string): EventKind {
  const found = eventKinds.find((kind) => kind === word || shorten(kind) === word);
  if (found) return found;
  throw usageError(`There is no event ${word}.`, `Name some of ${eventKinds.map(shorten).join(', ')}.`);
}
