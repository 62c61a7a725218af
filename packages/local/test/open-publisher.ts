import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTable } from '@callable/formats';
import { buildModel, type ModelSpec } from '@callable/formats/build';
import { createUser } from '@callable/stand-ins';
import { openTempDir } from '../../../e2e/support/open-temp-dir.ts';
import { loadLocally } from '../../cli/src/models/load-locally.ts';
import { type PublishResult, publishModel } from '../../cli/src/publish/publish-model.ts';
import { Closer } from '../src/closer.ts';
import { startLocalNetwork } from '../src/index.ts';

/** A whole network, and somebody who publishes there as `callable publish` does and calls as curl does. */
export async function openPublisher() {
  const signal = AbortSignal.timeout(180_000);
  const closer = new Closer();
  const { path } = closer.add(await openTempDir());
  const network = closer.add(await startLocalNetwork({ dataDir: path, port: 0 }));
  return {
    close: () => closer.close(),
    /** With what was said on the way. */
    async publish(name: string, model: ModelSpec): Promise<PublishResult & { notices: string[] }> {
      const file = join(path, `${name}.onnx`);
      await writeFile(file, buildModel(model));
      const { client, key } = createUser(network.url);
      const context = { client, key, clock: Date.now, signal, formats: formatTable, load: loadLocally };
      const story = publishModel(context, { file, dryRun: false, wait: true, timeoutMs: 90_000 });
      const notices: string[] = [];
      for (;;) {
        const { done, value } = await story.next();
        if (done) return { ...value, notices };
        if (value.kind === 'notice') notices.push(value.text);
      }
    },
    async post(route: string, body: unknown) {
      const response = await fetch(network.url + route, { method: 'POST', body: JSON.stringify(body), signal });
      const answer = (await response.json()) as Record<string, never> & { outputs?: unknown };
      return { status: response.status, answer };
    },
  };
}

export const float = (name: string, shape: (number | string)[]) => ({ name, datatype: 'FP32' as const, shape });
