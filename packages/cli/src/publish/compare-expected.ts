import {
  CallableError,
  compareTensors,
  type Manifest,
  type ModelSummary,
  ownMember,
  parsePlainInputs,
  type Tensor,
  type Tolerance,
  writePlainOutputs,
} from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';
import { openShape } from '../models/resolve-shapes.ts';
import type { Expected } from './read-expected.ts';
import type { Recording } from './record-vector.ts';

/** What the graph was asked and answered, and what is known of the model. */
type Answered = Pick<Recording, 'inputs' | 'outputs' | 'outputValues' | 'tolerance'>;
type Known = Pick<ModelSummary, 'outputs' | 'flags'>;

export type Agreed = {
  /** The outputs as JSON: what was expected where something was, else what the graph answered. */
  outputs: string;
  expected: string[];
  tolerance: Tolerance;
  notices: string[];
};

/**
 * Compares what the graph answered with what the publisher's framework said. Throws ExpectedDiffers or ExpectedInvalid.
 * The vector keeps the framework's numbers, so that every node compares with them and not with another run of the graph.
 */
export function compareExpected(answered: Answered, expected: Expected, given: Tolerance | null, known: Known): Agreed {
  const specs = known.outputs.flatMap(({ name, datatype }) => {
    const value = ownMember(answered.outputValues, name);
    return datatype === null || value === undefined ? [] : [{ name, datatype, shape: openShape(value) }];
  });
  const graph = parseOutputs(answered.outputs, specs);
  const wanted = specs.flatMap((spec) => {
    const value = expected.values.get(spec.name);
    return value === undefined ? [] : [{ ...spec, shape: openShape(value) }];
  });
  const framework = parseExpected(expected, wanted).map((tensor) => {
    const answer = graph.find(({ name }) => name === tensor.name);
    return answer ? shapedAs(answer, tensor, expected.path) : tensor;
  });
  const tolerance = given ?? answered.tolerance;
  const differing = framework.filter((tensor) => !compareTensors([tensor], graph, tolerance).ok);
  if (differing.length > 0) throw differs(differing, graph, tolerance, answered, expected, known);

  const names = framework.map(({ name }) => name);
  const merged = graph.map((tensor) => framework.find(({ name }) => name === tensor.name) ?? tensor);
  const missing = graph.map(({ name }) => name).filter((name) => !names.includes(name));
  const room = compareTensors(framework, graph, { rtol: tolerance.rtol / 2, atol: tolerance.atol / 2 }).ok ? 1 : 2;
  return {
    outputs: new TextDecoder().decode(writePlainOutputs(merged)),
    expected: names,
    // Another machine differs a little from this one: who used up more than half here would fail there.
    tolerance: { rtol: Math.min(1, tolerance.rtol * room), atol: Math.min(1e6, tolerance.atol * room) },
    notices:
      missing.length === 0
        ? []
        : [
            `${expected.path} says nothing of ${listed(missing)}: there the vector holds what the graph answered, which nobody has compared.`,
          ],
  };
}

function parseOutputs(json: string, specs: Manifest['outputs']): Tensor[] {
  const verdict = parsePlainInputs(new TextEncoder().encode(json), specs);
  if (verdict.ok) return verdict.value;
  throw new Error(`The runner wrote an output that cannot be read back: ${verdict.problem.message}`);
}

function parseExpected({ path, json }: Expected, specs: Manifest['outputs']): Tensor[] {
  const verdict = parsePlainInputs(new TextEncoder().encode(json), specs);
  if (verdict.ok) return verdict.value;
  const { input, message } = verdict.problem;
  const spec = specs.find(({ name }) => name === input);
  throw new CliError(
    'ExpectedInvalid',
    `The answers ${path} do not fit the outputs of the model: ${message.replace('; send', '; write')}`,
    message.includes('holds null')
      ? 'A missing value is written "NaN".'
      : spec?.datatype === 'BYTES'
        ? 'The graph answers class names. Write those, or export the model so that it answers numbers.'
        : message.includes('holds a string')
          ? 'Exporters turn class names into numbers and back: write what the framework answers as the graph has it, or export with its labels.'
          : 'Nothing was uploaded. Write each output whole, as nested lists of the values of its datatype.',
  );
}

/** Axes of one element are a matter of form: a framework says [3] where the graph says [3,1]. */
function shapedAs(answer: Tensor, tensor: Tensor, path: string): Tensor {
  const real = (shape: readonly number[]) => shape.filter((size) => size !== 1).join(',');
  if (real(answer.shape) === real(tensor.shape)) return { ...tensor, shape: answer.shape };
  throw new CliError(
    'ExpectedDiffers',
    `The output ${tensor.name} has shape [${answer.shape.join(',')}] from the graph and [${tensor.shape.join(',')}] in ${path}.`,
    'Nothing was uploaded. Give the answers to this very example, each output whole; else the export changed the shape: export again.',
  );
}

function differs(
  differing: readonly Tensor[],
  graph: readonly Tensor[],
  tolerance: Tolerance,
  answered: Answered,
  expected: Expected,
  known: Known,
): CliError {
  const { worst } = compareTensors(differing, graph, tolerance);
  if (!worst) throw new CallableError('Internal', 'Two answers differ, and no element of them does.');
  const others = differing.map(({ name }) => name).filter((name) => name !== worst.name);
  const datatype = differing.find(({ name }) => name === worst.name)?.datatype;
  const isFloat = datatype?.startsWith('FP') === true;
  const show = (element: Worst['actual']) => (datatype === 'BYTES' ? JSON.stringify(element) : String(element));
  const allowed = isFloat ? ` The tolerance is ${tolerance.rtol} of the value plus ${tolerance.atol}.` : '';
  const more = others.length > 0 ? ` ${listed(others)} differ too.` : '';
  const where = `${worst.name}[${worst.index.join('][')}]`.replace('[]', '');
  return new CliError(
    'ExpectedDiffers',
    `The output ${where} is ${show(worst.actual)} from the graph and ${show(worst.expected)} in ${expected.path}.${allowed}${more}`,
    `Nothing was uploaded. ${remedyFor(worst, isFloat, answered.inputs, known)}`,
  );
}

type Worst = NonNullable<ReturnType<typeof compareTensors>['worst']>;

/** The ways exporters change answers, most telling first. */
function remedyFor({ expected, actual, absolute }: Worst, isFloat: boolean, inputs: string, { flags }: Known): string {
  if (flags.trees && /"NaN"/.test(inputs))
    return 'The example has a missing value: converters of trees often send it down the other branch. Export with one that keeps nodes_missing_value_tracks_true, or fill missing values before the model.';
  if (!isFloat)
    return 'Exporters renumber or rename classes: look at the labels the converter was given, and export again.';
  const relative =
    absolute === null ? Number.POSITIVE_INFINITY : absolute / Math.max(Math.abs(Number(expected)), 1e-12);
  if (relative <= 0.05)
    return `This looks like rounding (doubles become floats on export, FP16 and INT8 do more). Export in the framework’s precision, or allow for it: --tolerance ${roundUp(relative * 2)}.`;
  if (typeof expected === 'string' || typeof actual === 'string')
    return 'One of them is no finite number: look for a missing value, a logarithm of 0 or an overflow, and export again.';
  return flags.trees
    ? 'Trees are sent down other branches where doubles became floats, or where a missing value is meant: compare the thresholds, and export again.'
    : 'Check that both got the same example and the same steps before and after the model (scaling, softmax, evaluation mode); else export again with another version of the exporter.';
}

const listed = (names: readonly string[]) => names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');

/** One digit, never less than what is needed. */
function roundUp(value: number): number {
  const step = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return Number((Math.ceil(value / step) * step).toPrecision(1));
}
