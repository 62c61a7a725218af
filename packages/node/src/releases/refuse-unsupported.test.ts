import { formatTable } from '@callable/formats';
import { digestJson, type Manifest } from '@callable/protocol';
import { describeRelease } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { readManifest } from './read-manifest.ts';

/** A hub that has this release, as far as a node asks it for a manifest. */
const nothing = {};
const noRefusals = { licenses: [], labels: [] };
const refuse = { licenses: ['CC-BY-NC-4.0', 'none'], labels: ['unsafe'] };

function contextOf(manifest: Manifest, more: object = nothing) {
  const view = { reference: 'a/b@1.0.0', digest: digestJson(manifest), handle: null, publishedAt: '', manifest };
  const answer = async () =>
    new Response(JSON.stringify({ ...view, callable: false, conditions: [], ...more }), { status: 200 });
  const hub = { baseUrl: 'http://hub', fetch: answer, key: null, clock: Date.now, random: () => new Uint8Array() };
  return {
    hub,
    cache: { find: () => null },
    formats: formatTable,
    config: { refuse: more === nothing ? noRefusals : refuse },
  } as never;
}
const read = (more: Partial<Manifest>) => {
  const manifest = describeRelease({ 'model.onnx': new Uint8Array([1]) }, more);
  return readManifest(contextOf(manifest), digestJson(manifest), new AbortController().signal);
};

test('a release this node understands is read, whatever else its manifest says', async () => {
  expect(await read({ card: 1 } as never)).toMatchObject({ format: 'onnx', card: 1 });
});

test.each<[string, Partial<Manifest>, string]>([
  ['another format', { format: 'gguf' }, 'gguf'],
  ['steps', { steps: { before: [{ op: 'decode-jpeg' }] } }, 'steps'],
  ['an ability', { needs: { memoryBytes: 1, abilities: ['gpu'] } }, 'gpu'],
  ['a price', { price: {} }, 'price'],
])('attack: with %s it is never run as though that were not there', async (_, more, word) => {
  await expect(read(more)).rejects.toMatchObject({
    code: 'UnsupportedFormat',
    message: `This node does not understand ${word}.`,
  });
});

test('what the operator refuses by licence or followed label is no word on the release, and nothing is fetched', async () => {
  const wanted = (manifest: Manifest, more = {}) =>
    readManifest(contextOf(manifest, { ...more }), digestJson(manifest), new AbortController().signal);
  const of = (license?: string) =>
    describeRelease({ 'model.onnx': new Uint8Array([1]) }, license === undefined ? {} : { license });
  const label = { subject: 'x', label: 'unsafe', by: `0x${'a'.repeat(40)}`, note: '', since: '', expiresAt: null };
  const labelled = (followed: boolean) => ({ labels: [{ ...label, statement: '', followed }] });
  await expect(wanted(of('cc-by-nc-4.0'))).rejects.toMatchObject({
    code: 'NodeRefuses',
    message: 'The operator of this node refuses releases under CC-BY-NC-4.0.',
  });
  await expect(wanted(of('MIT'), labelled(true))).rejects.toMatchObject({ code: 'NodeRefuses' });
  // attack: anybody labels a rival's release.
  expect(await wanted(of('MIT'), labelled(false))).toMatchObject({ license: 'MIT' });
  const { license: _none, ...bare } = of('MIT');
  await expect(wanted(bare as Manifest)).rejects.toMatchObject({ message: expect.stringContaining('under none') });
});
