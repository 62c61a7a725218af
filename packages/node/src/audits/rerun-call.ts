import { CallableError } from '@callable/protocol';
import type { LoadedModel, RuntimeInfo, RunVerdict } from '@callable/runtime';
import { inspectRelease, loadAdjudicator } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import type { KeptCall } from '../kept-calls/kept-call.ts';
import { runGrowing } from '../replicas/run-growing.ts';
import type { AuditContext } from './audit-context.ts';

/** Runs a call exactly as it came, with its own salt. Inputs are read in the runner's process: nobody vouches for them. */
export async function rerunCall(
  on: 'native' | 'wasm',
  context: AuditContext,
  release: CachedRelease,
  call: KeptCall,
  signal: AbortSignal,
): Promise<{ info: RuntimeInfo; verdict: RunVerdict }> {
  const run = async (model: LoadedModel) => {
    const { encoding, inputs: body } = call;
    const options = { deadlineMs: context.config.runMs, signal };
    const verdict = await model.run({ encoding, body, salt: Buffer.from(call.salt, 'hex') }, options);
    return { info: model.info, verdict };
  };
  if (on === 'native') {
    const loaded = await context.replicas.obtain(release, signal);
    if (!loaded.ok) throw cannotLoad(loaded);
    // Its turn among the calls: an audit does not push callers aside.
    using _turn = await loaded.replica.turns.take(signal);
    const { replica } = loaded;
    // What grew where it was answered may have to grow here.
    const again = async () => (await run(replica.model)).verdict;
    return { info: replica.model.info, verdict: await runGrowing(context.replicas, replica, 'audits', again) };
  }
  const inspection = await inspectRelease(context.formats, release, signal);
  if (!inspection.ok) throw cannotLoad(inspection);
  const loaded = await loadAdjudicator(context, release, inspection, signal);
  if (!loaded.ok) throw cannotLoad(loaded);
  await using model = loaded.model;
  return await run(model);
}

const cannotLoad = ({ reason, message }: { reason: string; message: string }) =>
  new CallableError('LoadFailed', `The release cannot be run here: ${reason}: ${message}`);
