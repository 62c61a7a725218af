import { type Manifest, type ModelSummary, manifestLimits, saysWhatItCounts } from '@callable/protocol';

/** Tensors with the names the model itself gives to open axes, where the publisher has written none. */
export function nameAxes<Parts extends Pick<Manifest, 'inputs' | 'outputs'>>(
  draft: Parts,
  summary: Pick<ModelSummary, 'inputs' | 'outputs'>,
): Parts {
  return {
    ...draft,
    inputs: nameThose(draft.inputs, summary.inputs),
    outputs: nameThose(draft.outputs, summary.outputs),
  };
}

const nameThose = (specs: Manifest['inputs'], values: ModelSummary['inputs']): Manifest['inputs'] =>
  specs.map((spec) => {
    const found = values.find(({ name }) => name === spec.name)?.axes ?? [];
    const axes = spec.shape.map((size, at) => (size === -1 ? fitting(found[at]) : null));
    return 'axes' in spec || axes.every((axis) => axis === null) ? spec : { ...spec, axes };
  });

/** The model's file is anybody's: a name that is none, or longer than a manifest takes, is left out. */
const fitting = (name: string | null | undefined) =>
  saysWhatItCounts(name) && name.length <= manifestLimits.axisName && !/\p{Cc}/u.test(name) ? name : null;
