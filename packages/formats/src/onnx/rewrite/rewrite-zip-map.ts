import { bytesField, integerField, joined, type Part, textField } from '../wire/encode-field.ts';
import { type FieldSpan, listFields } from '../wire/list-fields.ts';

export type ZipMapRewrite =
  | { readonly changed: false }
  | {
      readonly changed: true;
      readonly bytes: Uint8Array;
      /** One sentence for the publisher: which output changed and how. */
      readonly notice: string;
      /** Class labels in the order of the probabilities, from the first ZipMap. */
      readonly labels?: string[];
      /** The output of that first ZipMap. */
      readonly output: string;
    };

/**
 * Turns scikit-learn's ZipMap outputs (a list of maps, which no tensor protocol can carry) into the FP32 probability
 * tensor [-1, classes] they are made from: each ZipMap node of the main graph becomes an Identity, the declared type of
 * its output a tensor. All other bytes of the model stay as they are. A ZipMap whose output other nodes use is left
 * alone, and bytes that are not an ONNX model come back unchanged: `inspectModel` says what is wrong with them.
 */
export function rewriteZipMap(bytes: Uint8Array): ZipMapRewrite {
  const model = listFields(bytes);
  const graphs = model?.filter(({ number }) => number === 7) ?? [];
  const [graphSpan] = graphs;
  const graph = graphSpan && graphs.length === 1 ? listFields(graphSpan.content) : null;
  if (!model || !graph) return { changed: false };

  const zipMaps = findZipMaps(graph);
  if (zipMaps.size === 0) return { changed: false };

  const newGraph = graph.map((field) => {
    if (field.number === 1) return zipMaps.has(field) ? identity(field) : field.whole;
    if (field.number !== 12 && field.number !== 13) return field.whole;
    const fields = listFields(field.content);
    const name = fields ? text(fields, 1) : null;
    const zipMap = [...zipMaps.values()].find(({ output }) => output === name);
    return fields && zipMap ? retyped(field.number, fields, zipMap.labels.length) : field.whole;
  });
  // Converters of pure ai.onnx.ml models import nothing else; Identity wants its own import. It is the same since 1.
  const imports = model.flatMap(({ number, content }) =>
    number === 8 ? [text(listFields(content) ?? [], 1) ?? ''] : [],
  );
  const added = imports.some((domain) => domain === '' || domain === 'ai.onnx')
    ? []
    : [bytesField(8, integerField(2, 9))];
  const newBytes = joined([
    ...model.map((field) => (field === graphSpan ? bytesField(7, newGraph) : field.whole)),
    ...added,
  ]);

  const [first] = zipMaps.values();
  const names = [...zipMaps.values()].map(({ output }) => JSON.stringify(output.slice(0, 80))).join(', ');
  const classes = first && first.labels.length > 0 ? first.labels.length : -1;
  return {
    changed: true,
    bytes: newBytes,
    notice: `The ZipMap output ${names} became a plain FP32 tensor of shape [-1, ${classes}]: one probability per class, in the order of the labels.`,
    output: first?.output ?? '',
    ...(first && first.labels.length > 0 ? { labels: first.labels } : {}),
  };
}

type ZipMap = { readonly output: string; readonly labels: string[] };

function findZipMaps(graph: readonly FieldSpan[]): Map<FieldSpan, ZipMap> {
  const found = new Map<FieldSpan, ZipMap>();
  const used = new Set<string>();
  for (const field of graph) {
    if (field.number !== 1 || field.wire !== 2) continue;
    const fields = listFields(field.content);
    if (!fields) continue;
    for (const input of texts(fields, 1)) used.add(input);
    const [output] = texts(fields, 2);
    if (text(fields, 4) === 'ZipMap' && text(fields, 7) === 'ai.onnx.ml' && output) {
      found.set(field, { output, labels: classLabels(fields) });
    }
  }
  for (const [field, { output }] of found) if (used.has(output)) found.delete(field);
  return found;
}

function classLabels(node: readonly FieldSpan[]): string[] {
  const labels: string[] = [];
  for (const { number, content } of node) {
    const attribute = number === 5 ? listFields(content) : null;
    const name = attribute ? text(attribute, 1) : null;
    if (!attribute || (name !== 'classlabels_strings' && name !== 'classlabels_int64s')) continue;
    for (const field of attribute) {
      if (field.number === 9) labels.push(decoder.decode(field.content));
      if (field.number === 8) labels.push(...integers(field));
    }
  }
  return labels;
}

/** The same node as an Identity: its name, input and output stay, its labels go. */
function identity(node: FieldSpan): Part {
  const kept = (listFields(node.content) ?? []).flatMap(({ number, whole }) => {
    if (number === 4) return [textField(4, 'Identity')];
    return number === 5 || number === 7 ? [] : [whole];
  });
  return bytesField(1, kept);
}

function retyped(number: number, value: readonly FieldSpan[], classes: number): Part {
  const columns = classes > 0 ? [integerField(1, classes)] : [];
  const shape = bytesField(2, [bytesField(1, []), bytesField(1, columns)]);
  const tensorType = bytesField(2, bytesField(1, [integerField(1, 1), shape]));
  return bytesField(
    number,
    value.map((field) => (field.number === 2 ? tensorType : field.whole)),
  );
}

const decoder = new TextDecoder();

function texts(fields: readonly FieldSpan[], number: number): string[] {
  return fields
    .filter((field) => field.number === number && field.wire === 2)
    .map(({ content }) => decoder.decode(content));
}

function text(fields: readonly FieldSpan[], number: number): string | null {
  return texts(fields, number).at(-1) ?? null;
}

/** One varint or a packed run of them, as decimal text: labels are shown, not computed with. */
function integers({ content }: FieldSpan): string[] {
  const found: string[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of content) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      found.push(String(BigInt.asIntN(64, value)));
      value = 0n;
      shift = 0n;
    }
  }
  return found;
}
