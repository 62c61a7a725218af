import type { QueueStep, QueueView } from '@callable/protocol';
import { getQueue, getQueuePlaces } from '@callable/sdk';
import { checkReference } from '../arguments/check-reference.ts';
import { type Command, sharedOptions } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { exitCodes } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { addQueue } from '../status/add-queue.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatDuration } from '../terminal/format-duration.ts';
import { formatJson } from '../terminal/format-json.ts';
import { openRows } from '../terminal/open-rows.ts';

const publishersShown = 10;

export const queueCommand: Command = {
  name: 'queue',
  positionals: ['[REF]'],
  summary: 'Shows what waits to be checked on a hub, or where the jobs of a release stand.',
  details:
    'First checks go before rechecks, publishers take turns, and demand decides among equals. With REF: how many are ahead, how long that will take, and on what that rests.',
  options: { hub: sharedOptions.hub, json: sharedOptions.json },
  examples: ['callable queue', 'callable queue acme/iris@1.0.0'],
  async run(context, given) {
    const client = connectHub(context, locateHub(context, given), null);
    const { signal } = context;
    const [reference] = given.positionals;
    const json = given.flag('json');
    if (reference === undefined) {
      const queue = await getQueue(client, { signal });
      context.out.write(json ? `${formatJson(queue)}\n` : `${formatQueue(context, queue).join('\n')}\n`);
      return exitCodes.done;
    }
    const found = await getQueuePlaces(client, checkReference(reference), { signal });
    if (json) {
      context.out.write(`${formatJson(found)}\n`);
      return exitCodes.done;
    }
    const rows = openRows(context.out);
    addQueue(rows, found.places, context.clock());
    if (found.places.length === 0) rows.add('queue', 'nothing of it waits, runs or pauses');
    context.out.write(`${cleanText(found.reference, 160)}\n${rows.lines.join('\n')}\n`);
    return exitCodes.done;
  },
};

function formatQueue(context: CliContext, queue: QueueView): string[] {
  const rows = openRows(context.out);
  for (const step of queue.steps) rows.add(cleanText(step.step, 40), describeStep(step));
  if (queue.steps.length === 0) rows.add('queue', 'nothing was ever asked for');
  for (const { publisher, waiting, running } of queue.publishers.slice(0, publishersShown))
    rows.add('publisher', `${publisher}: ${waiting} waiting, ${running} running`);
  const left = queue.publisherCount - Math.min(publishersShown, queue.publishers.length);
  if (left > 0) rows.add('', `and ${left} more publishers`);
  rows.add('nodes', `${queue.nodes} connected, ${queue.recheckShare * 100} % of their time for rechecks`);
  return rows.lines;
}

function describeStep({ waiting, rechecks, running, runningForMs, pausing, givenUp, scheduled, average }: QueueStep) {
  return [
    `${waiting} waiting${rechecks > 0 ? ` (${rechecks} rechecks)` : ''}`,
    `${running} running${runningForMs === null ? '' : `, for up to ${formatDuration(runningForMs)}`}`,
    average === null ? 'none was done yet' : `${formatDuration(average.ms)} each on average of ${average.of}`,
    ...(pausing > 0 ? [`${pausing} pausing after a failure`] : []),
    ...(givenUp > 0 ? [`${givenUp} given up`] : []),
    ...(scheduled > 0 ? [`${scheduled} due later`] : []),
  ].join(' · ');
}
