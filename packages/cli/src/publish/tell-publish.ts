import type { ReleaseView } from '@callable/protocol';
import type { CliContext, Output } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
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
  let uploadBegan: number | null = null;
  try {
    for (;;) {
      const { done, value: event } = await story.next();
      if (done) return { result: event, notices };
      if (event.kind === 'notice') notices.push(event.text);
      if (event.kind === 'running') block.draw(['Example  loading the model and running it here …']);
      else if (event.kind === 'conditions') conditions.tell(event.view);
      else if (event.kind === 'upload') {
        uploadBegan ??= clock();
        const elapsedMs = clock() - uploadBegan;
        block.draw([formatProgress({ ...event, elapsedMs }, err.columns() - 1)]);
        if (event.done < event.total) continue;
        block.clear();
        block.print(describeUpload(event, elapsedMs, err));
      } else {
        block.clear();
        block.print(describeEvent(event, err));
      }
    }
  } finally {
    conditions.end();
  }
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
