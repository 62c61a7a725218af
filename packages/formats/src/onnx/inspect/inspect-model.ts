import type { ByteSource } from '../../bytes-source.ts';
import type { InspectOptions, UploadedFile } from '../../format.ts';
import { type Model, newModel } from '../model/messages.ts';
import { modelFields } from '../model/model-fields.ts';
import { type DecodeFailure, decodeMessage } from '../wire/decode-message.ts';
import { entered } from '../wire/message-fields.ts';
import { checkAttributes } from './check-attributes.ts';
import { checkDeterminism, type MixedWeight } from './check-determinism.ts';
import type { ExternalFile } from './check-external-tensor.ts';
import { checkFunctions } from './check-functions.ts';
import { checkGrowth } from './check-growth.ts';
import { checkLocales } from './check-locales.ts';
import { checkLoops } from './check-loops.ts';
import { checkOperators } from './check-operators.ts';
import { checkTensors } from './check-tensors.ts';
import { checkTexts } from './check-texts.ts';
import { checkTriggers } from './check-triggers.ts';
import { checkVersions } from './check-versions.ts';
import { checkWeights } from './check-weights.ts';
import { checkWindows } from './check-windows.ts';
import { checkWiring } from './check-wiring.ts';
import { type FindingCode, findingCodes, type RejectReason } from './finding-codes.ts';
import { type Finding, type Findings, openFindings } from './findings.ts';
import { type Limits, limits } from './limits.ts';
import { readSignature, type SignatureValue } from './read-signature.ts';
import { sniffForeign } from './sniff-foreign.ts';
import { tensorType } from './tensor-types.ts';
import { walkRegions } from './walk-regions.ts';

/** What the bytes of a model say about it. Everything here was written by the publisher: show names as text only. */
export type OnnxSummary = {
  readonly irVersion: number;
  /** Opset version by domain, `ai.onnx` written out. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: { readonly name: string; readonly version: string };
  readonly graphName: string;
  readonly inputs: readonly SignatureValue[];
  readonly outputs: readonly SignatureValue[];
  /** Occurrences by operator (`Conv`, `ai.onnx.ml.ZipMap`), subgraphs and function bodies included. */
  readonly operators: Readonly<Record<string, number>>;
  /** Bytes of stored tensors: by shape, lying in the model file, lying in external files. */
  readonly initializerBytes: { readonly declared: number; readonly present: number; readonly external: number };
  /** Ranges of other files of the upload, one per tensor. */
  readonly externalFiles: readonly ExternalFile[];
  /**
   * A lower bound of the memory one loaded replica needs: stored tensors, tensors the graph generates from constants,
   * and inputs and outputs with symbolic axes taken as 1. Activations come on top; loading may briefly need twice the
   * stored tensors.
   */
  readonly estimatedMemoryBytes: number;
  /** Deepest subgraph: 0 for a model without any. */
  readonly maxNestingDepth: number;
  /** Nodes as written, subgraphs and function bodies included. */
  readonly nodeCount: number;
  readonly flags: {
    readonly hasLoops: boolean;
    /** If, Loop, Scan and SequenceMap, as far as they occur. */
    readonly controlFlow: readonly string[];
    readonly nonDeterministicOps: readonly string[];
    /** 8-bit kernels whose result depends on the CPU; such answers cannot be audited. */
    readonly mixedSignInt8: boolean;
    readonly localFunctions: number;
    readonly hasZipMap: boolean;
  };
  readonly findings: readonly Finding[];
};

export type OnnxVerdict =
  | { readonly ok: true; readonly summary: OnnxSummary }
  | {
      readonly ok: false;
      readonly reason: RejectReason;
      /** One sentence: the cause and the remedy. */
      readonly message: string;
      readonly findings: readonly Finding[];
    };

/**
 * Judges a model by its bytes alone, without running anything: what it is, how to call it, and whether it may be
 * published. Reads through a small window and steps over the weights, so size costs neither time nor memory. Never
 * throws because of the content; throws when the source fails or the signal aborts.
 * It cannot know sizes computed from inputs, endless loops with a condition, or what a kernel does with strange values:
 * those are for the runner's limits.
 */
export async function inspectModel(
  source: ByteSource,
  options: InspectOptions & { readonly limits?: Partial<Limits> } = {},
): Promise<OnnxVerdict> {
  const findings = openFindings();
  const head = await readHead(source);
  const foreign = sniffForeign(head);
  if (foreign) return refuse(findings, foreign.code, '', foreign.message);
  if (source.size > limits.fileBytes) {
    return refuse(
      findings,
      'LimitExceeded',
      '',
      `The file has ${source.size} bytes, more than protobuf allows; save the weights as external data beside the model.`,
    );
  }

  const model = newModel();
  const failure = await decodeMessage(source, entered(modelFields, model), {
    signal: options.signal,
    onUnknown: (message, number, depth) => noteUnknown(findings, message, number, depth),
  });
  if (failure) return refuseBroken(findings, failure, model);
  if (!model.graph) {
    return refuse(
      findings,
      'NoGraph',
      '',
      'The file holds no graph, so it is not an ONNX model; upload the .onnx file.',
    );
  }
  const { summary, mixedWeights } = summarise(model, model.graph, options.files ?? [], findings, {
    ...limits,
    ...options.limits,
  });
  const refused = conclude(findings);
  if (refused) return refused;
  const mixedSignInt8 = await checkWeights(source, mixedWeights, findings, options.signal);
  return { ok: true, summary: { ...summary, flags: { ...summary.flags, mixedSignInt8 } } };
}

function summarise(
  model: Model,
  graph: NonNullable<Model['graph']>,
  files: readonly UploadedFile[],
  findings: Findings,
  limits: Limits,
): { summary: OnnxSummary; mixedWeights: MixedWeight[] } {
  const regions = walkRegions(model);
  const nodeCount = regions.reduce((sum, { nodes }) => sum + nodes.length, 0);
  if (nodeCount > limits.nodes || model.functions.length > limits.functions) {
    findings.add(
      'LimitExceeded',
      'graph',
      `The model has ${nodeCount} nodes and ${model.functions.length} functions, more than ${limits.nodes} and ${limits.functions}; simplify it before exporting.`,
    );
  }
  if (model.trainingInfos > 0) {
    findings.add('TrainingInfo', 'training_info', 'The model carries a training step; export it for inference only.');
  }
  const opsets = checkVersions(model, regions, findings);
  const operators = checkOperators(model, regions, opsets, findings);
  checkFunctions(model, regions, findings, limits);
  const { inputs, outputs } = readSignature(graph, model.irVersion, findings);
  const { bytes, externalFiles } = checkTensors(model, regions, files, findings);
  const generated = checkGrowth(regions, findings, limits);
  checkWiring(model, findings);
  checkLoops(regions, findings, limits);
  checkAttributes(model, regions, findings);
  checkWindows(regions, findings);
  checkTriggers(regions, findings);
  checkLocales(regions, findings);
  checkTexts(model, graph, regions, findings);
  const { nonDeterministicOps, mixedWeights } = checkDeterminism(model, regions, findings);

  const controlFlow = ['If', 'Loop', 'Scan', 'SequenceMap'].filter((op) => operators.has(op));
  const summary: OnnxSummary = {
    irVersion: model.irVersion,
    opsets: Object.fromEntries(opsets),
    producer: { name: model.producerName, version: model.producerVersion },
    graphName: graph.name,
    inputs,
    outputs,
    operators: Object.fromEntries([...operators].sort(([, left], [, right]) => right - left)),
    initializerBytes: bytes,
    externalFiles,
    estimatedMemoryBytes: bytes.declared + generated + signatureBytes(graph),
    maxNestingDepth: regions.reduce((deepest, { depth }) => Math.max(deepest, depth), 0),
    nodeCount,
    flags: {
      hasLoops: controlFlow.some((op) => op !== 'If'),
      controlFlow,
      nonDeterministicOps,
      mixedSignInt8: mixedWeights.length > 0,
      localFunctions: model.functions.length,
      hasZipMap: operators.has('ai.onnx.ml.ZipMap'),
    },
    findings: findings.list,
  };
  return { summary, mixedWeights };
}

function signatureBytes(graph: NonNullable<Model['graph']>): number {
  const total = [...graph.inputs, ...graph.outputs].reduce((sum, { type }) => {
    const elements = (type.shape ?? []).reduce<number>((count, dim) => count * (Number(dim) > 0 ? Number(dim) : 1), 1);
    return sum + (elements * (tensorType(type.datatype)?.bits ?? 0)) / 8;
  }, 0);
  return Math.min(Math.ceil(total), Number.MAX_SAFE_INTEGER);
}

async function readHead(source: ByteSource): Promise<Uint8Array> {
  return source.size === 0 ? new Uint8Array(0) : source.read(0, Math.min(320, source.size));
}

function noteUnknown(findings: Findings, message: string, number: number, depth: number): void {
  if (depth === 0) {
    findings.add(
      'UnknownModelField',
      `field ${number}`,
      `The model has an unknown part (field ${number}), or bytes behind its end; export it again with a released onnx package.`,
    );
  } else if (!findings.list.some(({ code }) => code === 'UnknownField')) {
    findings.add(
      'UnknownField',
      `${message} field ${number}`,
      `The model has parts this version does not know (field ${number} of ${message}); nodes will ignore them.`,
    );
  }
}

function refuseBroken(findings: Findings, failure: DecodeFailure, model: Model): OnnxVerdict {
  const where = `byte ${failure.offset}`;
  const looksLikeOnnx = model.irVersion >= 1 && model.irVersion <= 100;
  switch (failure.kind) {
    case 'limit':
      return refuse(
        findings,
        'LimitExceeded',
        where,
        `The model has ${failure.message}, more than any model needs; simplify it before exporting.`,
      );
    case 'duplicate':
      return refuse(
        findings,
        'DuplicateField',
        where,
        `The file says one thing twice (${failure.message}), so tools could read different models; export it again.`,
      );
    case 'truncated':
      if (looksLikeOnnx) {
        return refuse(
          findings,
          'FileTruncated',
          where,
          `The file ends too early (${failure.message}); download or export it again and upload all of it.`,
        );
      }
      break;
    case 'malformed':
      if (looksLikeOnnx) {
        return refuse(
          findings,
          'Malformed',
          where,
          `The file is damaged at byte ${failure.offset} (${failure.message}); download or export it again.`,
        );
      }
      break;
  }
  return refuse(findings, 'NotOnnx', where, 'This is not an ONNX model; upload the .onnx file.');
}

function refuse(findings: Findings, code: FindingCode, where: string, message: string): OnnxVerdict {
  // What stopped the reading comes first: findings made before it are about half a model.
  const list: Finding[] = [{ code, severity: 'refuse', message, place: where }, ...findings.list];
  return { ok: false, reason: findingCodes[code].reason ?? 'NotAModel', message, findings: list };
}

function conclude(findings: Findings): OnnxVerdict | null {
  const refusals = findings.list.filter(({ severity }) => severity === 'refuse');
  // An attack outranks a mistake, so that a hostile model is never offered as "just export it again".
  const worst = refusals.find(({ code }) => findingCodes[code].reason === 'UnsafeModel') ?? refusals[0];
  if (!worst) return null;
  const reason: RejectReason = findingCodes[worst.code].reason ?? 'UnsafeModel';
  return { ok: false, reason, message: worst.message, findings: findings.list };
}
