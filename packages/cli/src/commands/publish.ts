import { formatTable } from '@callable/formats';
import { addressOf } from '@callable/protocol';
import { type Command, type Given, sharedOptions } from '../arguments/command.ts';
import { parseSeconds } from '../arguments/parse-seconds.ts';
import { exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { findOrMakeKey } from '../keys/find-key.ts';
import { loadLocally } from '../models/load-locally.ts';
import { formatCurl } from '../publish/format-curl.ts';
import { listPrivateWords } from '../publish/list-private-words.ts';
import { parseTolerance } from '../publish/parse-tolerance.ts';
import { type PublishResult, publishModel } from '../publish/publish-model.ts';
import type { PublishRequest } from '../publish/publish-request.ts';
import { readShortInputs } from '../publish/read-short-inputs.ts';
import { tellDocumented } from '../publish/tell-documented.ts';
import { tellPublish } from '../publish/tell-publish.ts';
import { formatJson } from '../terminal/format-json.ts';

export const publishCommand: Command = {
  name: 'publish',
  positionals: ['FILE'],
  summary: 'Publishes a model and follows it until strangers can call it.',
  details: [
    'Reads the signature from the model, runs the example here in a process of its own, keeps its real output as the',
    'first test vector, uploads, signs, and shows the five conditions as they turn true. FILE may be a folder: all its',
    'files belong to the release. A callable.json beside the model gives title, summary, license, task, tags and',
    'descriptions. Stopped half-way, the same command goes on where it was; publishing the same again changes nothing.',
    'Exit code 3 means stored, but not callable.',
  ].join('\n'),
  options: {
    name: { value: 'NAME', help: 'name of the model (from the file name)' },
    version: { value: 'VERSION', help: 'version (0.1.0); a version is never overwritten' },
    example: { value: 'FILE', help: 'an example input as JSON (made from the declared shapes)' },
    expected: {
      value: 'FILE',
      help: 'what your framework answers to the example, as JSON: compared before anything is sent',
    },
    tolerance: { value: 'PART[,AMOUNT]', help: 'how far the model may be from --expected (0.001,0.00001)' },
    title: { value: 'TEXT', help: 'title' },
    summary: { value: 'TEXT', help: 'what it does, in a sentence or two' },
    license: { value: 'SPDX', help: 'licence, for example Apache-2.0' },
    task: { value: 'TASK', help: 'task, for example tabular-classification' },
    tags: { value: 'A,B,C', help: 'tags, separated by commas' },
    manifest: { value: 'FILE', help: 'a callable.json elsewhere' },
    'keep-metadata': { help: 'leave texts about the exporting machine (paths, stack traces) in the model' },
    'dry-run': { help: 'print the manifest and stop; needs no hub' },
    'no-wait': { help: 'end as soon as it is published' },
    timeout: { value: 'SECONDS', help: 'how long to follow the conditions (180)' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    'callable publish ./model.onnx --example in.json',
    'callable publish ./model.onnx --example in.json --expected out.json',
    'callable publish ./iris.onnx --name iris --version 1.0.0 --license Apache-2.0 --json',
    'callable publish ./my-model/ --license MIT',
    'callable publish ./model.onnx --dry-run',
  ],
  async run(context, given) {
    const request = requestOf(given);
    const hub = locateHub(context, given);
    const { key, path, made } = await findOrMakeKey(context);
    if (made) context.err.write(`Made your key ${addressOf(key)} in ${path}; keep a copy: callable key export\n`);
    const client = connectHub(context, hub, key);
    const { clock, signal } = context;
    const { result, notices } = await tellPublish(
      context,
      publishModel({ client, key, clock, signal, formats: formatTable, load: loadLocally }, request),
    );
    if (!given.flag('json')) context.err.write(`${tellDocumented(result.manifest).join('\n')}\n`);
    if (given.flag('json')) context.out.write(`${formatJson(documentOf(result, notices, request))}\n`);
    else if (request.dryRun) context.out.write(`${formatJson(result.manifest, 2)}\n`);
    else if (result.callable) {
      const inputs = await readShortInputs(client, result.manifest, signal);
      context.out.write(`${formatCurl(client.baseUrl, result.reference, result.manifest, inputs)}\n`);
    }
    return request.dryRun ? exitCodes.done : result.callable || !request.wait ? exitCodes.done : exitCodes.notCallable;
  },
};

function requestOf(given: Given): PublishRequest {
  const request: PublishRequest = {
    file: given.positionals[0] ?? '',
    keepMetadata: given.flag('keep-metadata'),
    privateWords: listPrivateWords(),
    dryRun: given.flag('dry-run'),
    wait: !given.flag('no-wait'),
    timeoutMs: parseSeconds('timeout', given.text('timeout') ?? '180'),
  };
  for (const option of ['name', 'version', 'example', 'manifest', 'title', 'summary', 'license', 'task'] as const) {
    const text = given.text(option);
    if (text !== undefined) request[option] = text;
  }
  const expected = given.text('expected');
  const tolerance = given.text('tolerance');
  if (expected !== undefined && request.example === undefined)
    throw usageError(
      '--expected needs --example: it says what your framework answers to that example.',
      'callable publish ./model.onnx --example in.json --expected out.json',
    );
  if (tolerance !== undefined && expected === undefined)
    throw usageError('--tolerance needs --expected.', 'See: callable publish --help');
  if (expected !== undefined) request.expected = expected;
  if (tolerance !== undefined) request.tolerance = parseTolerance(tolerance);
  const tags = given.text('tags');
  if (tags !== undefined)
    request.tags = tags
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '');
  return request;
}

function documentOf(result: PublishResult, notices: readonly string[], { dryRun }: PublishRequest) {
  const { manifest, ...rest } = result;
  return dryRun ? { ...rest, dryRun, manifest, notices } : { ...rest, notices };
}
