import { countElements, type Manifest, type ModelValue, ownMember, type Tensor } from '@callable/protocol';
import type { LocalModel } from '../models/load-locally.ts';
import { lengthenInputs } from './lengthen-inputs.ts';

export type LearnedShapes = {
  /** Of every output that runs told; -1 for an axis that moved, or that is not what the file says. */
  shapes: ReadonlyMap<string, readonly number[]>;
  notices: string[];
};

/** Runs with longer inputs end after this, milliseconds: they only save a caller a surprise. */
const budgetMs = 5_000;
const mostElements = 2 ** 22;

/**
 * What shapes the outputs really have. Exporters write some that no runtime keeps to, such as `[N]` for `[N, 1]`, or the
 * batch of 1 that they were tried with. So the example is run as it is, and longer along its open axes where that is cheap.
 */
export async function learnShapes(
  model: Pick<LocalModel, 'answer' | 'shapes' | 'loadMs'>,
  example: readonly Tensor[],
  specs: Manifest['inputs'],
  outputs: readonly ModelValue[],
): Promise<LearnedShapes> {
  const began = performance.now();
  const first = await model.answer(example);
  if (!first) return { shapes: new Map(), notices: [] };
  const runs = [first];
  // Each of them may end the process, which is loaded anew then.
  for (const longer of model.loadMs > budgetMs ? [] : lengthenInputs(example, specs)) {
    const left = budgetMs - (performance.now() - began);
    const elements = longer.reduce((sum, { shape }) => sum + countElements(shape), 0);
    if (left < 2 * (performance.now() - began) || elements > mostElements) break;
    const answer = await model.answer(longer, left);
    if (answer) runs.push(answer);
  }
  const byName = runs.map((run) => new Map(run.map((tensor) => [tensor.name, tensor.shape])));
  const shapes = new Map<string, readonly number[]>();
  const notices: string[] = [];
  for (const { name, shape, rankKnown } of outputs) {
    const told = byName.flatMap((run) => {
      const seen = run.get(name);
      return seen ? [seen] : [];
    });
    const declared = rankKnown ? shape : (ownMember(model.shapes, name) ?? null);
    const learned = mergeShapes(declared, told);
    if (!learned) continue;
    shapes.set(name, learned);
    if (rankKnown && learned.join() !== shape.join()) notices.push(describe(name, shape, told, learned));
  }
  return { shapes, notices: shorten(notices) };
}

/** The declared shape where every run kept to it; null where no run told any. */
function mergeShapes(declared: readonly number[] | null, told: readonly number[][]): number[] | null {
  const [first] = told;
  if (!first) return null;
  if (!declared || told.some((shape) => shape.length !== declared.length)) return first.map(() => -1);
  return declared.map((size, axis) => (told.every((shape) => shape[axis] === size) ? size : -1));
}

function describe(name: string, declared: readonly number[], told: number[][], learned: readonly number[]): string {
  const runs = [...new Set(told.map((shape) => `[${shape}]`))].join(' and ');
  const ranks = new Set(told.map(({ length }) => length));
  const moving = ranks.size > 1 ? ' Its number of axes changes with the input.' : '';
  return `The file says that the output ${JSON.stringify(name.slice(0, 60))} is [${declared}], and it came out as ${runs}: the manifest says [${learned}].${moving}`;
}

const shorten = (notices: string[]) =>
  notices.length <= 4 ? notices : [...notices.slice(0, 3), `So it is with ${notices.length - 3} more outputs.`];
