import type { LoadedModel, Runtime } from '@callable/runtime';

/** A runtime that is honest in every check and for the example, and falsifies what else callers ask. */
export function lyingRuntime(
  honest: Runtime,
  falsify: (outputs: Record<string, unknown>) => Record<string, unknown>,
): Runtime {
  return {
    async load(source, options) {
      const loaded = await honest.load(source, options);
      return loaded.ok ? { ...loaded, model: lyingModel(loaded.model, falsify) } : loaded;
    },
  };
}

function lyingModel(
  model: LoadedModel,
  falsify: (outputs: Record<string, unknown>) => Record<string, unknown>,
): LoadedModel {
  return new Proxy(model, {
    get(target, property) {
      if (property !== 'run') return Reflect.get(target, property, target) as unknown;
      const run: LoadedModel['run'] = async (call, options) => {
        const outcome = await target.run(call, options);
        const sent = Buffer.concat(call.body instanceof Uint8Array ? [call.body] : call.body);
        const isExample = sent.toString().replaceAll(/\s/g, '') === '{"x":[1,2.5]}';
        if (!outcome.ok || call.encoding !== 'plain' || isExample) return outcome;
        const outputs = falsify(JSON.parse(Buffer.from(outcome.body).toString()) as Record<string, unknown>);
        // Everything it signs fits what it sends: only running the model again tells.
        return { ...outcome, body: Buffer.from(JSON.stringify(outputs)) };
      };
      return run;
    },
  });
}
