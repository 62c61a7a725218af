import type { ByteSource } from '../../bytes-source.ts';
import type { RewriteOptions } from '../../format.ts';
import { type Edit, editSource, replaced } from '../edit/edit-source.ts';
import type { FieldAt } from '../edit/field-at.ts';
import { type FieldVisitor, walkFields } from '../edit/walk-fields.ts';
import { bytesField, integerField, type Part, textField } from '../wire/encode-field.ts';
import { type FieldSpan, listFields } from '../wire/list-fields.ts';
import type { Rewritten } from './rewrite-step.ts';

/**
 * Turns scikit-learn's ZipMap outputs (a list of maps, which no tensor protocol can carry) into the FP32 probability
 * tensor [-1, classes] they are made from: each ZipMap node of the main graph becomes an Identity, the declared type of
 * its output a tensor. All other bytes of the model stay as they are. A ZipMap whose output other nodes use is left
 * alone.
 */
export async function rewriteZipMap(source: ByteSource, { signal }: RewriteOptions): Promise<Rewritten | null> {
  const parts = await findParts(source, signal);
  const zipMaps = parts ? usable(parts) : [];
  const [first] = zipMaps;
  if (!parts || !first) return null;

  const edits: Edit[] = zipMaps.map(({ field, fields }) => replaced(field, identity(fields)));
  for (const { field, content } of parts.values) {
    const fields = listFields(content);
    const name = fields ? text(fields, 1) : null;
    const zipMap = zipMaps.find(({ output }) => output === name);
    if (fields && zipMap) edits.push(replaced(field, retyped(field.number, fields, zipMap.labels.length)));
  }
  // Converters of pure ai.onnx.ml models import nothing else; Identity wants its own import. It is the same since 1.
  if (!parts.domains.some((domain) => domain === '' || domain === 'ai.onnx'))
    edits.push({ start: source.size, end: source.size, parent: null, bytes: bytesField(8, integerField(2, 9)) });

  const names = zipMaps.map(({ output }) => JSON.stringify(output.slice(0, 80))).join(', ');
  const classes = first.labels.length > 0 ? first.labels.length : -1;
  return {
    source: editSource(source, edits),
    notice: `The ZipMap output ${names} became a plain FP32 tensor of shape [-1, ${classes}]: one probability per class, in the order of the labels.`,
    labels: new Map(first.labels.length > 0 ? [[first.output, first.labels]] : []),
  };
}

type Whole = { readonly field: FieldAt; readonly content: Uint8Array };
type ZipMap = {
  readonly field: FieldAt;
  readonly fields: readonly FieldSpan[];
  readonly output: string;
  readonly labels: string[];
};
type Parts = { zipMaps: Whole[]; values: Whole[]; used: Set<string>; domains: string[] };

/** Only the names of what is used and the few short messages that may change are read. */
async function findParts(source: ByteSource, signal: AbortSignal | undefined): Promise<Parts | null> {
  const parts: Parts = { zipMaps: [], values: [], used: new Set(), domains: [] };
  const candidates: FieldAt[] = [];
  let graphs = 0;
  const read = (field: FieldAt) => (field.wire === 2 && field.end - field.content <= longestName ? 'read' : 'skip');
  const visitor: FieldVisitor = {
    see(field) {
      const { of, number, kind } = field;
      if (of === 'Model') {
        if (kind === 'Graph') graphs += 1;
        return kind === 'Graph' ? 'enter' : kind === 'OperatorSetId' ? read(field) : 'skip';
      }
      if (of === 'Graph') return kind === 'Node' ? 'enter' : number === 12 || number === 13 ? read(field) : 'skip';
      return number === 1 || number === 4 ? read(field) : 'skip';
    },
    take(field, content) {
      if (field.of === 'Model') parts.domains.push(text(listFields(content) ?? [], 1) ?? '');
      else if (field.of === 'Graph') parts.values.push({ field, content });
      else if (field.number === 1) parts.used.add(decoder.decode(content));
      else if (field.parent && decoder.decode(content) === 'ZipMap') candidates.push(field.parent);
    },
  };
  const whole = await walkFields(source, visitor, signal);
  if (!whole || graphs !== 1) return null;
  for (const field of candidates) {
    if (field.end - field.content > longestNode) continue;
    parts.zipMaps.push({ field, content: await source.read(field.content, field.end - field.content) });
  }
  return parts;
}

function usable({ zipMaps, used }: Parts): ZipMap[] {
  return zipMaps.flatMap(({ field, content }) => {
    const fields = listFields(content);
    const output = fields ? texts(fields, 2)[0] : undefined;
    if (!fields || !output || used.has(output) || text(fields, 7) !== 'ai.onnx.ml') return [];
    return [{ field, fields, output, labels: classLabels(fields) }];
  });
}

/** Names and declarations; what is longer belongs to no output of a classifier. */
const longestName = 64 * 1024;
/** A ZipMap with a hundred thousand labels. */
const longestNode = 16 * 2 ** 20;

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
function identity(node: readonly FieldSpan[]): Part {
  const kept = node.flatMap(({ number, whole }) => {
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
