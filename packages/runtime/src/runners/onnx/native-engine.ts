import { join } from 'node:path';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { Engine } from '../engine.ts';
import { explainLoad, explainRun } from './explain-error.ts';
import { openSession } from './open-session.ts';

/** The native library. What breaks it kills the process. */
export const nativeEngine: Engine = {
  version: env.versions.node ?? env.versions.common,
  // By path, never from bytes: a model given as bytes reads its external data from any file below the working directory.
  async open({ directory, entry, threads }) {
    const session = await InferenceSession.create(join(directory, entry), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    return openSession(session, Tensor);
  },
  explainLoad,
  explainRun,
};
