import type { ByteSource } from '../../bytes-source.ts';
import type { FieldAt } from '../edit/field-at.ts';
import { walkFields } from '../edit/walk-fields.ts';
import { functionKey } from '../operators/function-index.ts';
import { domainName } from '../operators/operators.ts';
import {
  addOperator,
  newOperators,
  type Operators,
  type UsedOperators,
  type VersionScope,
} from '../versions/used-operators.ts';

/** Where a model says for which versions it is written. */
export type WrittenVersions = {
  readonly used: UsedOperators;
  /** The field of the IR version. */
  readonly ir: FieldAt | null;
  /** The fields of the versions of official and other domains, of the model and of its functions. */
  readonly opsets: readonly { readonly domain: string; readonly version: number; readonly field: FieldAt }[];
};

/**
 * Reads versions and names of operators, and steps over all else: the weights of a large model are never read. Null for
 * bytes that are no model.
 */
export async function readUsedOperators(
  source: ByteSource,
  signal: AbortSignal | undefined,
): Promise<WrittenVersions | null> {
  const seen: Seen = { imports: new Map(), nodes: new Map(), functions: new Map(), ir: null };
  const whole = await walkFields(
    source,
    {
      see(field) {
        if (field.kind) return entered.has(field.kind) ? 'enter' : 'skip';
        return field.end - field.content <= longestName && isRead(field) ? 'read' : 'skip';
      },
      take(field, content) {
        const { of, number, parent } = field;
        if (of === 'Model') seen.ir = { field, version: varintOf(content) };
        if (!parent) return;
        if (of === 'OperatorSetId') {
          const each = at(seen.imports, parent, () => ({ domain: '', version: 0, field: null }));
          if (number === 1) each.domain = decoder.decode(content);
          else Object.assign(each, { version: varintOf(content), field });
        } else if (of === 'Node') {
          const node = at(seen.nodes, parent, newNode);
          node[number === 4 ? 'op' : number === 7 ? 'domain' : 'overload'] = decoder.decode(content);
        } else if (of === 'Attribute') {
          // An attribute of a node, and no default of a function.
          if (parent.parent?.kind === 'Node')
            at(seen.nodes, parent.parent, newNode).attributes.add(decoder.decode(content));
        } else {
          const local = at(seen.functions, parent, () => ({ name: '', domain: '', overload: '' }));
          local[number === 1 ? 'name' : number === 10 ? 'domain' : 'overload'] = decoder.decode(content);
        }
      },
    },
    signal,
  );
  return whole ? gather(seen) : null;
}

type Import = { domain: string; version: number; field: FieldAt | null };
type Named = { op: string; domain: string; overload: string; readonly attributes: Set<string> };
type Local = { name: string; domain: string; overload: string };

type Seen = {
  readonly imports: Map<FieldAt, Import>;
  readonly nodes: Map<FieldAt, Named>;
  readonly functions: Map<FieldAt, Local>;
  ir: { readonly field: FieldAt; readonly version: number } | null;
};

function gather({ imports, nodes, functions, ir }: Seen): WrittenVersions {
  const main = importsBelow(imports, null);
  const scopes = new Map<FieldAt | null, VersionScope & { operators: Operators }>();
  const scopeOf = (owner: FieldAt | null) =>
    at(scopes, owner, () => ({
      imports: owner ? new Map([...main, ...importsBelow(imports, owner)]) : main,
      operators: newOperators(),
    }));
  scopeOf(null);
  for (const owner of functions.keys()) scopeOf(owner);
  const called = new Set([...functions.values()].map(functionKey));
  for (const [place, { op, domain, overload, attributes }] of nodes) {
    if (called.size > 0 && called.has(functionKey({ domain, name: op, overload }))) continue;
    addOperator(scopeOf(ownerOf(place)).operators, domain, op, attributes);
  }
  return {
    used: { irVersion: ir?.version ?? 0, scopes: [...scopes.values()] },
    ir: ir?.field ?? null,
    opsets: [...imports.values()].flatMap(({ domain, version, field }) =>
      field ? [{ domain: domainName(domain), version, field }] : [],
    ),
  };
}

function importsBelow(imports: ReadonlyMap<FieldAt, Import>, owner: FieldAt | null): Map<string, number> {
  const own = [...imports].filter(([place]) => ownerOf(place) === owner);
  return new Map(own.map(([, { domain, version }]) => [domainName(domain), version]));
}

/** The function a field lies in, or null for the model itself. */
function ownerOf(field: FieldAt): FieldAt | null {
  for (let around = field.parent; around; around = around.parent) if (around.kind === 'Function') return around;
  return null;
}

const entered: ReadonlySet<string> = new Set(['Graph', 'Node', 'Attribute', 'Function', 'OperatorSetId']);
const names: Readonly<Record<string, readonly number[]>> = {
  Model: [1],
  OperatorSetId: [1, 2],
  Node: [4, 7, 8],
  Attribute: [1],
  Function: [1, 10, 13],
};
const isRead = ({ of, number, wire }: FieldAt) =>
  (names[of]?.includes(number) ?? false) &&
  wire === (of === 'Model' || (of === 'OperatorSetId' && number === 2) ? 0 : 2);

/** Longer names of operators are refused by the inspection. */
const longestName = 4096;
const decoder = new TextDecoder();

const newNode = (): Named => ({ op: '', domain: '', overload: '', attributes: new Set() });

function varintOf(content: Uint8Array): number {
  return content.reduce((value, byte, index) => value + (byte & 0x7f) * 2 ** (7 * index), 0);
}

function at<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
