// Of the tensors' entry: a runner, whose memory is bounded, loads this file and no more of the protocol.
import { ownMember } from '@callable/protocol/tensor';
import type { OfficialDomain } from './find-history.ts';
import { nativeKernels } from './native-kernels.ts';

/** What the runtime of nodes has of an operator in a run of operator sets. */
export type KernelRange = {
  readonly from: number;
  readonly to: number;
  /** By the schema's name of the type: the element types that loaded. */
  readonly types: ReadonlyMap<string, readonly string[]>;
};

/** Everything the runtime has of an operator, oldest first; empty for none of it, null for what was never measured. */
export function kernelsOf(domain: OfficialDomain, op: string): readonly KernelRange[] | null {
  return tables()[domain].get(op) ?? null;
}

/** Whether the runtime has it at that operator set, for whatever element type. What was not measured may be there. */
export function hasKernel(domain: OfficialDomain, op: string, opset: number): boolean {
  return kernelsOf(domain, op)?.some(({ from, to }) => from <= opset && opset <= to) ?? true;
}

type Table = ReadonlyMap<string, readonly KernelRange[]>;
let parsed: Record<OfficialDomain, Table> | null = null;

function tables(): Record<OfficialDomain, Table> {
  parsed ??= { 'ai.onnx': parse(nativeKernels['ai.onnx']), 'ai.onnx.ml': parse(nativeKernels['ai.onnx.ml']) };
  return parsed;
}

/** `RoiAlign 10-15 T1=fed T2=q | 16-21 T1=fed T2=q` */
function parse(table: string): Table {
  const rows = table.trim().split('\n');
  return new Map(
    rows.map((row) => {
      const [op = '', ...rest] = row.trim().split(' ');
      const ranges = rest.join(' ').split('|');
      return [op, ranges.flatMap((range) => (range.trim() === '' ? [] : [parseRange(range.trim())]))];
    }),
  );
}

function parseRange(text: string): KernelRange {
  const [span = '', ...types] = text.split(' ');
  const [from = '', to = from] = span.split('-');
  return {
    from: Number(from),
    to: Number(to),
    types: new Map(
      types.map((each) => {
        const [name = '', letters = ''] = each.split('=');
        return [name, [...letters].map((letter) => ownMember(elementLetters, letter) ?? letter)];
      }),
    ),
  };
}

/** Where Python's struct has a letter for an element type it is that one. */
const elementLetters: Readonly<Record<string, string>> = {
  f: 'FLOAT',
  B: 'UINT8',
  b: 'INT8',
  H: 'UINT16',
  h: 'INT16',
  i: 'INT32',
  q: 'INT64',
  s: 'STRING',
  '?': 'BOOL',
  e: 'FLOAT16',
  d: 'DOUBLE',
  I: 'UINT32',
  Q: 'UINT64',
  c: 'COMPLEX64',
  C: 'COMPLEX128',
  g: 'BFLOAT16',
  '1': 'FLOAT8E4M3FN',
  '2': 'FLOAT8E4M3FNUZ',
  '3': 'FLOAT8E5M2',
  '4': 'FLOAT8E5M2FNUZ',
  '5': 'UINT4',
  '6': 'INT4',
  '7': 'FLOAT4E2M1',
  '8': 'FLOAT8E8M0',
  '9': 'UINT2',
  '0': 'INT2',
};
