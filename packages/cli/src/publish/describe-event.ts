import type { ModelSummary, ModelValue } from '@callable/protocol';
import type { Output } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { formatDuration } from '../terminal/format-duration.ts';
import { paint } from '../terminal/paint.ts';
import type { PublishEvent } from './publish-event.ts';

export type ToldEvent = Exclude<PublishEvent, { kind: 'hashing' | 'running' | 'upload' | 'conditions' }>;

/** One line about an event that is over when it is told. */
export function describeEvent(event: ToldEvent, output: Pick<Output, 'colours'>): string {
  switch (event.kind) {
    case 'read':
      return line(
        output,
        'Read',
        `${cleanText(event.file)} · ${formatBytes(event.bytes)} · ${signature(event.summary)}`,
      );
    case 'notice':
      return line(output, 'Notice', paint(output, 'yellow', cleanText(event.text)));
    case 'example': {
      const made =
        event.made === null ? '' : `made from the declared shapes: ${event.made} (--example gives your own) · `;
      const times = `loaded in ${formatDuration(event.loadMs)}, ran in ${formatDuration(event.runMs)}`;
      return line(output, 'Example', `${made}${times} · ${truthOfExample(event)}`);
    }
    case 'manifest':
      return line(output, 'Manifest', `${event.digest}${event.alreadyPublished ? ' (published already)' : ''}`);
    case 'pieces': {
      const remedy = 'faster with nginx: client_max_body_size 5m;';
      return line(
        output,
        'Network',
        `a proxy takes ${formatBytes(event.bytes)} at once: chunks go in pieces · ${remedy}`,
      );
    }
    case 'outage': {
      const until = `trying again for ${formatDuration(event.patienceMs)}; after Ctrl-C the same command goes on here`;
      return line(output, 'Network', `${paint(output, 'yellow', cleanText(event.message))} · ${until}`);
    }
    case 'published': {
      const again = event.created ? '' : ' was published already with the same content; nothing changed';
      return line(output, 'Release', `${paint(output, 'cyan', cleanText(event.reference))}${again}`);
    }
  }
}

export function describeUpload(
  { total, alreadyThere }: { total: number; alreadyThere: number },
  elapsedMs: number,
  output: Pick<Output, 'colours'>,
): string {
  const sent = total - alreadyThere;
  if (sent === 0) return line(output, 'Upload', `${formatBytes(total)} · all of it was there already`);
  const kept = alreadyThere > 0 ? ` · ${formatBytes(alreadyThere)} were there already` : '';
  return line(output, 'Upload', `${formatBytes(sent)} in ${formatDuration(elapsedMs)}${kept}`);
}

/** Which of the two the first vector is: it is read by whoever wonders whether the model is right. */
function truthOfExample({ expected, random }: Extract<ToldEvent, { kind: 'example' }>): string {
  if (random) return 'what it answers differs each time: the first vector compares types and shapes';
  if (!expected) return 'what it answered is the first vector; whether that is right, --expected compares';
  const outputs = expected.outputs.map((name) => cleanText(name, 40));
  const named =
    outputs.length > 4 ? `${outputs.slice(0, 4).join(', ')} and ${outputs.length - 4} more` : outputs.join(', ');
  return `it answers ${named} as ${cleanText(expected.path)} says, which is the first vector`;
}

const line = (output: Pick<Output, 'colours'>, label: string, text: string) =>
  `${paint(output, 'bold', label.padEnd(9))}${text}`;

/** `opset 17 · X FP32[-1,4] → label INT64[-1]`, shortened where there are many. */
function signature({ kind, inputs, outputs }: ModelSummary): string {
  return `${cleanText(kind, 40)} · ${tensors(inputs)} → ${tensors(outputs)}`;
}

function tensors(values: readonly ModelValue[]): string {
  if (values.length === 0) return 'nothing';
  const shown = values.slice(0, 4).map(({ name, datatype, shape, rankKnown }) => {
    const axes = rankKnown ? shape.map((size) => (size === -1 ? '?' : size)).join(',') : '…';
    return `${cleanText(name, 40)} ${datatype}[${axes}]`;
  });
  return [...shown, ...(values.length > 4 ? [`and ${values.length - 4} more`] : [])].join(', ');
}
