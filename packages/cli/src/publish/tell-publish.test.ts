import type { ReleaseView } from '@callable/protocol';
import { standing } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { captureOutput } from '../../test/test-context.ts';
import type { PublishEvent } from './publish-event.ts';
import type { PublishResult } from './publish-model.ts';
import { tellPublish } from './tell-publish.ts';

const view = (...statuses: Parameters<typeof standing>[0]) =>
  ({ reference: 'acme/iris@1.0.0', ...standing(statuses) }) as ReleaseView;

async function* story(...events: PublishEvent[]): AsyncGenerator<PublishEvent, PublishResult> {
  yield* events;
  return { callable: true } as PublishResult;
}

it('on a pipe every change of a condition is one line, and nothing is said twice', async () => {
  const err = captureOutput();
  const { notices } = await tellPublish(
    { err, clock: () => 5000 },
    story(
      { kind: 'notice', text: 'made' },
      { kind: 'upload', name: 'Upload', done: 5, total: 10, alreadyThere: 5 },
      { kind: 'upload', name: 'Upload', done: 10, total: 10, alreadyThere: 5 },
      { kind: 'conditions', view: view('True', 'Unknown') },
      { kind: 'conditions', view: view('True', 'True') },
      { kind: 'conditions', view: view('True', 'True') },
    ),
  );
  expect(notices).toEqual(['made']);
  const lines = err.text().trimEnd().split('\n');
  expect(lines.filter((line) => line.includes('Stored'))).toHaveLength(2);
  expect(lines.filter((line) => line.includes('Uploaded'))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith('Upload '))).toEqual(['Upload   5 B in 0 ms · 5 B were there already']);
});

it('an outage is one line; the rate after it leaves it out, the sum at the end does not', async () => {
  const err = captureOutput({ isTerminal: true });
  let now = 0;
  const upload = (done: number, alreadyThere: number): PublishEvent => ({
    ...{ kind: 'upload', name: 'Upload', total: 100e6 },
    ...{ done, alreadyThere },
  });
  async function* cut(): AsyncGenerator<PublishEvent, PublishResult> {
    yield upload(20e6, 20e6);
    now = 1000;
    yield upload(40e6, 20e6);
    yield { kind: 'outage', message: 'Gone.', patienceMs: 300_000 };
    now = 61_000;
    yield upload(40e6, 40e6);
    now = 62_000;
    yield upload(50e6, 40e6);
    yield upload(100e6, 40e6);
    yield { kind: 'published', reference: 'acme/iris@1.0.0', digest: 'sha256:00', created: true };
    return { callable: true } as PublishResult;
  }
  await tellPublish({ err, clock: () => now }, cut());
  const text = err.text();
  expect(text).toContain('40.0 MB/100 MB  20.0 MB/s  3.0 s');
  expect(text).toMatch(/Network {2}Gone\. · trying again for 5m/);
  expect(text).toContain('50.0 MB/100 MB  10.0 MB/s  5.0 s');
  expect(text).toContain('the hub puts the files together');
  expect(text).toContain('Upload   80.0 MB in 1m 2s · 20.0 MB were there already');
});

it('on a terminal the block is redrawn, and left standing when the story fails', async () => {
  const err = captureOutput({ isTerminal: true });
  async function* failing(): AsyncGenerator<PublishEvent, PublishResult> {
    yield { kind: 'conditions', view: view('True') };
    yield { kind: 'conditions', view: view('True', 'True') };
    throw new Error('stopped');
  }
  await expect(tellPublish({ err, clock: () => 5000 }, failing())).rejects.toThrow('stopped');
  expect(err.text()).toContain('\u001b[5A\u001b[J');
  expect(err.text().trimEnd().endsWith('Worked is Unknown.')).toBe(true);
});
