import type { ByteSource } from '../../bytes-source.ts';
import type { RewriteOptions } from '../../format.ts';
import { type Edit, editSource, replaced } from '../edit/edit-source.ts';
import type { FieldAt } from '../edit/field-at.ts';
import { type FieldVisitor, walkFields } from '../edit/walk-fields.ts';
import { listFields } from '../wire/list-fields.ts';
import { readStored, type StoredValue } from './read-stored.ts';
import type { Rewritten } from './rewrite-step.ts';

/** Beyond these they are weights that an exporter listed as inputs, and stay in the graph, where they are folded. */
const most = { inputs: 16, elements: 1024 };
const longestTensor = 64 * 1024;
/** Before it every initialiser had to be listed as an input, and meant nothing by it. */
const firstWithDefaults = 4;

/**
 * Inputs with a stored value become inputs whose default stands in the manifest. The runtime's bindings for JavaScript know
 * no such inputs: what a caller gave was passed over without a word, measured with 1.30.
 */
export async function liftDefaults(source: ByteSource, { signal }: RewriteOptions): Promise<Rewritten | null> {
  const parts = await findParts(source, signal);
  if (!parts || parts.version < firstWithDefaults) return null;
  const stored = parts.stored.filter(({ value }) => parts.inputs.has(value.name));
  const listed = parts.names.filter((name) => parts.inputs.has(name));
  // All or none: those that were not read are large, or of a type no manifest holds exactly.
  if (stored.length === 0 || stored.length !== listed.length || new Set(listed).size !== listed.length) return null;
  if (stored.length > most.inputs || stored.some(({ value }) => value.elements > most.elements)) return null;
  const edits: Edit[] = stored.map(({ field }) => replaced(field, new Uint8Array(0)));
  const names = stored.map(({ value }) => JSON.stringify(value.name.slice(0, 80))).join(', ');
  return {
    source: editSource(source, edits),
    notice: `The stored value of ${names} became its default: callers may set it, or leave it out.`,
    defaults: new Map(stored.map(({ value }) => [value.name, value.value])),
  };
}

type Parts = {
  version: number;
  inputs: Set<string>;
  stored: { field: FieldAt; value: StoredValue }[];
  /** Of all initialisers of the graph, read or not. */
  names: string[];
};

async function findParts(source: ByteSource, signal: AbortSignal | undefined): Promise<Parts | null> {
  const parts: Parts = { version: 0, inputs: new Set(), stored: [], names: [] };
  const visitor: FieldVisitor = {
    see(field) {
      const { of, number, kind, wire, content, end } = field;
      if (of === 'Model') return kind === 'Graph' ? 'enter' : number === 1 && wire === 0 ? 'read' : 'skip';
      if (of === 'Graph' && number === 5) return end - content <= longestTensor ? 'read' : 'enter';
      if (of === 'Graph') return number === 11 && end - content <= longestTensor ? 'read' : 'skip';
      // The name of a large one.
      return of === 'Tensor' && number === 8 && end - content <= longestTensor ? 'read' : 'skip';
    },
    take(field, content) {
      if (field.of === 'Model') parts.version = content[0] ?? 0;
      else if (field.of === 'Tensor') parts.names.push(decoder.decode(content));
      else {
        const fields = listFields(content) ?? [];
        const name = fields.find(({ number }) => number === (field.number === 11 ? 1 : 8));
        const text = name ? decoder.decode(name.content) : '';
        if (field.number === 11) parts.inputs.add(text);
        else {
          parts.names.push(text);
          const value = readStored(text, fields);
          if (value) parts.stored.push({ field, value });
        }
      }
    },
  };
  return (await walkFields(source, visitor, signal)) ? parts : null;
}

const decoder = new TextDecoder();
