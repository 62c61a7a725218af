import type { ByteSource } from '../../bytes-source.ts';
import type { RewriteOptions } from '../../format.ts';
import { compareEdited } from '../edit/compare-edited.ts';
import { type Edit, editSource, replaced } from '../edit/edit-source.ts';
import type { FieldAt } from '../edit/field-at.ts';
import { textKindOf } from '../edit/texts-of-model.ts';
import { walkFields } from '../edit/walk-fields.ts';
import { bytesField, textField } from '../wire/encode-field.ts';
import { type FieldSpan, listFields } from '../wire/list-fields.ts';
import { findPrivate, type PrivatePart } from './find-private.ts';
import type { Rewritten } from './rewrite-step.ts';

/**
 * Leaves out what tells of the machine a model was exported on: a release is for ever. Below the model itself nobody reads
 * these texts, so one that shows something private goes whole. Entries of the model are read by programs (`names`,
 * `stride`, character lists): there only the private piece is replaced, unless it is a trace.
 */
export async function stripMetadata(source: ByteSource, options: RewriteOptions): Promise<Rewritten | null> {
  if (options.keepMetadata) return null;
  const found: Found[] = [];
  const whole = await walkFields(
    source,
    {
      see(field) {
        const kind = textKindOf(field);
        if (kind) return field.end - field.content <= longestText ? 'read' : 'skip';
        return field.kind === null || untouched.has(field.kind) ? 'skip' : 'enter';
      },
      take(field, content) {
        const seen =
          textKindOf(field) === 'doc' ? judgeDoc(field, content, options) : judgeEntry(field, content, options);
        if (seen) found.push(seen);
      },
    },
    options.signal,
  );
  const [first] = found;
  if (!whole || !first) return null;
  const edits = found.map(({ edit }) => edit);
  return {
    source: editSource(source, edits),
    notice: noticeOf(found, first),
    compare: (written, signal) => compareEdited(source, written, edits, signal),
  };
}

type Found = { readonly edit: Edit; readonly field: FieldAt; readonly key: string; readonly part: PrivatePart };

/** Other tools than ours may take minutes over a longer one. */
const longestText = 16 * 2 ** 20;
/** What is longer in an entry of the model is its data: in a vocabulary any token may look like a path. */
const longestEntry = 64 * 1024;
const untouched: ReadonlySet<FieldAt['kind']> = new Set(['OperatorSetId', 'TrainingInfo', 'TensorAnnotation']);
const nothing = new Uint8Array(0);
const decoder = new TextDecoder();

function judgeDoc(field: FieldAt, content: Uint8Array, { privateWords }: RewriteOptions): Found | null {
  const text = decoder.decode(content);
  const parts = findPrivate(text, privateWords);
  const [part] = parts;
  if (!part) return null;
  const kept = field.of === 'Model' ? redacted(text, parts) : null;
  const bytes = kept === null ? nothing : textField(field.number, kept);
  return { edit: replaced(field, bytes), field, key: 'doc_string', part };
}

function judgeEntry(field: FieldAt, content: Uint8Array, { privateWords }: RewriteOptions): Found | null {
  const fields = listFields(content) ?? [];
  const [key, value] = [textOf(fields, 1), textOf(fields, 2)];
  const ofModel = field.of === 'Model';
  if (ofModel && value.length > longestEntry && !key.startsWith('pkg.torch.')) return null;
  const parts =
    privateKeys.test(key) && value !== '' ? [{ at: 0, text: value, whole: true }] : findPrivate(value, privateWords);
  const [part] = parts;
  if (!part) return null;
  const kept = ofModel ? redacted(value, parts) : null;
  const bytes = kept === null ? nothing : bytesField(field.number, [textField(1, key), textField(2, kept)]);
  return { edit: replaced(field, bytes), field, key, part };
}

/** What stands under such a key is private whatever it looks like. */
const privateKeys = /(?:^|[._-])(?:stack_?trace|traceback|user_?name|login|host_?name|machine_?name|cwd|home_?dir)$/i;

const textOf = (fields: readonly FieldSpan[], number: number) =>
  decoder.decode(fields.findLast((field) => field.number === number && field.wire === 2)?.content ?? nothing);

/** The text with each private piece replaced, or null where it is a trace, which nobody needs the rest of. */
function redacted(text: string, parts: readonly PrivatePart[]): string | null {
  if (parts.some(({ whole }) => whole)) return null;
  let out = '';
  let read = 0;
  for (const { at, text: part } of parts) {
    out += `${text.slice(read, at)}[removed]`;
    read = at + part.length;
  }
  return out + text.slice(read);
}

function noticeOf(found: readonly Found[], { field, key, part }: Found): string {
  const bytes = found.reduce((sum, { edit }) => sum + edit.end - edit.start - edit.bytes.length, 0);
  const texts = found.length === 1 ? 'One text' : `${found.length} texts`;
  const sample = `“${masked(part.text)}” in ${key.slice(0, 80)} of the ${placeNames[field.of] ?? 'model'}`;
  const size = bytes < 10_000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} kB`;
  return `${texts} about the machine or person that exported the model (${size}) ${found.length === 1 ? 'is' : 'are'} left out, such as ${sample}. What the model computes is the same, compared field by field; --keep-metadata keeps them.`;
}

const placeNames: Partial<Record<FieldAt['of'], string>> = {
  ...{
    Graph: 'graph',
    Node: 'node',
    Attribute: 'attribute',
    ValueInfo: 'value',
    Tensor: 'tensor',
    Function: 'function',
  },
};

/** Enough to be recognised by whoever wrote it: notices are kept in build logs. */
function masked(text: string): string {
  const shown = text.split('\n', 1)[0]?.slice(0, 200) ?? '';
  const at = shown.indexOf('@');
  if (at > 0) return `${shown.slice(0, 1)}…${shown.slice(at)}`;
  const parts = shown.split(/(?<=[/\\])/);
  const last = parts.at(-1) ?? '';
  if (parts.length < 2) return `${shown.slice(0, 2)}…`;
  return `${parts[0]}${parts[0] === '/' ? parts[1] : ''}…${last.includes('.') && parts.length > 2 ? `/${last}` : ''}`;
}
