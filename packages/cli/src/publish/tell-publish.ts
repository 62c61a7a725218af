import type { ReleaseView } from '@callable/protocol';
import type { CliContext, Output } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { formatCondition, formatConditions } from '../terminal/format-conditions.ts';
import { formatProgress } from '../terminal/format-progress.ts';
import { type LiveBlock, openLiveBlock } from '../terminal/live-block.ts';
import { paint } from '../terminal/paint.ts';
import { describeEvent, describeUpload } from './describe-event.ts';
import type { PublishEvent } from './publish-event.ts';
import type { PublishResult } from './publish-model.ts';

/**
 * Runs a publish to its end and tells it on stderr: on a terminal the progress bar and the conditions change in
 * place, on a pipe each change is one line.
 */
export async function tellPublish(
  { err, clock }: Pick<CliContext, 'err' | 'clock'>,
  story: AsyncGenerator<PublishEvent, PublishResult>,
): Promise<{ result: PublishResult; notices: string[] }> {
  const block = openLiveBlock(err);
  const conditions = conditionsTeller(err, clock, block);
  const notices: string[] = [];
  const upload = uploadTeller(err, clock, block);
  try {
    for (;;) {
      const { done, value: event } = await story.next();
      if (done) return { result: event, notices };
      if (event.kind === 'notice') notices.push(event.text);
      if (event.kind === 'hashing') block.draw([`Hash     reading ${formatBytes(event.bytes)} …`]);
      else if (event.kind === 'running') block.draw(['Example  loading the model and running it here …']);
      else if (event.kind === 'conditions') {
        upload.end();
        conditions.tell(event.view);
      } else if (event.kind === 'upload') upload.tell(event);
      else if (event.kind === 'outage' || event.kind === 'pieces') {
        upload.pause();
        block.print(describeEvent(event, err));
      } else {
        upload.end();
        block.clear();
        block.print(describeEvent(event, err));
      }
    }
  } finally {
    conditions.end();
  }
}

type UploadEvent = Extract<PublishEvent, { kind: 'upload' }>;

/** Shows how an upload goes on, over all its outages, and in the end what it came to. */
function uploadTeller(err: Output, clock: () => number, block: LiveBlock) {
  let first: { at: number; alreadyThere: number } | null = null;
  /** Since the last outage: the time without a network says nothing about its rate. */
  let stretch: { at: number; done: number } | null = null;
  let last: UploadEvent | null = null;
  return {
    tell(event: UploadEvent) {
      const now = clock();
      first ??= { at: now, alreadyThere: event.alreadyThere };
      stretch ??= { at: now, done: event.done };
      last = event;
      const progress = { ...event, alreadyThere: stretch.done, elapsedMs: now - stretch.at };
      const joining = event.done < event.total ? [] : ['Upload   the hub puts the files together …'];
      block.draw([formatProgress(progress, err.columns() - 1), ...joining]);
    },
    pause() {
      stretch = null;
    },
    end() {
      if (!first || !last) return;
      block.clear();
      block.print(describeUpload({ total: last.total, alreadyThere: first.alreadyThere }, clock() - first.at, err));
      last = null;
    },
  };
}

/** Shows conditions as they change, and in the end the first that is not true with its remedy. */
function conditionsTeller(err: Output, clock: () => number, block: LiveBlock) {
  let last: ReleaseView | null = null;
  const draw = () => last && block.draw(formatConditions(last.conditions, err, clock()));
  // Ages go on while nothing else happens.
  const ticking = err.isTerminal ? setInterval(draw, 1000) : undefined;
  return {
    tell(view: ReleaseView) {
      if (!err.isTerminal) {
        for (const line of changedConditions(last, view, err, clock())) err.write(`${line}\n`);
      }
      last = view;
      draw();
    },
    end() {
      clearInterval(ticking);
      block.clear();
      // For good now, so that lines may wrap instead of being cut.
      if (last && err.isTerminal) err.write(`${formatConditions(last.conditions, err, clock()).join('\n')}\n`);
      const failing = last?.conditions.find(({ type, status }) => type !== 'Worked' && status !== 'True');
      if (failing?.next) err.write(`${paint(err, 'bold', ' next')} ${cleanText(failing.next)}\n`);
    },
  };
}

function changedConditions(before: ReleaseView | null, now: ReleaseView, output: Output, clock: number): string[] {
  return now.conditions
    .filter((condition) => {
      const old = before?.conditions.find(({ type }) => type === condition.type);
      return old?.status !== condition.status || old.reason !== condition.reason;
    })
    .map((condition) => formatCondition(condition, output, clock));
}
