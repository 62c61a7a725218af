import { formatTable } from '@callable/formats';
import { digestJson, type Manifest } from '@callable/protocol';
import { describeRelease } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { readManifest } from './read-manifest.ts';

/** A hub that has this release, as far as a node asks it for a manifest. */
function contextOf(manifest: Manifest) {
  const view = { reference: 'a/b@1.0.0', digest: digestJson(manifest), handle: null, publishedAt: '', manifest };
  const answer = async () =>
    new Response(JSON.stringify({ ...view, callable: false, conditions: [] }), { status: 200 });
  const hub = { baseUrl: 'http://hub', fetch: answer, key: null, clock: Date.now, random: () => new Uint8Array() };
  return { hub, cache: { find: () => null }, formats: formatTable } as never;
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
