import type { ReleaseView } from '@callable/protocol';
import { expect, it } from 'vitest';
import { standing } from '../../test/fake-hub.ts';
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

it('on a terminal the block is redrawn, and left standing when the story fails', async () => {
  const err = captureOutput({ isTerminal: true });
  async function* failing(): AsyncGenerator<PublishEvent, PublishResult> {
    yield { kind: 'conditions', view: view('True') };
    yield { kind: 'conditions', view: view('True', 'True') };
    throw new Error('stopped');
  }
  await expect(tellPublish({ err, clock: () => 5000 }, failing())).rejects.toThrow('stopped');
  expect(err.text()).toContain('\u001b[5A\u001b[J');
  expect(err.text().trimEnd().endsWith('Worked stands so.')).toBe(true);
});
