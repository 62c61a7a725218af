import type { OfficialDomain } from './find-history.ts';
import { nativeKernels } from './native-kernels.ts';
import { openTable } from './open-table.ts';

/** What the runtime of nodes has of an operator in a run of operator sets. */
export type KernelRange = {
  readonly from: number;
  readonly to: number;
  /** By the schema's name of the type: the element types that loaded. */
  readonly types: ReadonlyMap<string, readonly string[]>;
};

/** Everything the runtime has of an operator, oldest first; empty for none of it, null for what was never measured. */
export function kernelsOf(domain: OfficialDomain, op: string): readonly KernelRange[] | null {
  return rangesOf(domain, op);
}

/** Whether the runtime has it at that operator set, for whatever element type. What was not measured may be there. */
export function hasKernel(domain: OfficialDomain, op: string, opset: number): boolean {
  return kernelsOf(domain, op)?.some(({ from, to }) => from <= opset && opset <= to) ?? true;
}

/** `RoiAlign 10-15 T1=fed T2=q | 16-21 T1=fed T2=q` */
const rangesOf = openTable(nativeKernels, (rest): readonly KernelRange[] =>
  rest.split('|').flatMap((range) => (range.trim() === '' ? [] : [parseRange(range.trim())])),
);

function parseRange(text: string): KernelRange {
  const [span = '', ...types] = text.split(' ');
  const [from = '', to = from] = span.split('-');
  return {
    from: Number(from),
    to: Number(to),
    types: new Map(
      types.map((each) => {
        const [name = '', list = ''] = each.split('=');
        return [name, [...list].map((letter) => elementLetters.get(letter) ?? letter)];
      }),
    ),
  };
}

/**
 * Where Python's struct has a letter for an element type it is that one. This room imports nothing of the protocol: it is
 * loaded into runners, whose fence leaves no memory for the hashes that come with it.
 */
const letters = 'fBbHhiqs?edIQcCg1234567890';
const names =
  'FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 STRING BOOL FLOAT16 DOUBLE UINT32 UINT64 COMPLEX64 COMPLEX128 BFLOAT16 FLOAT8E4M3FN FLOAT8E4M3FNUZ FLOAT8E5M2 FLOAT8E5M2FNUZ UINT4 INT4 FLOAT4E2M1 FLOAT8E8M0 UINT2 INT2'.split(
    ' ',
  );
const elementLetters = new Map(names.map((name, index) => [letters[index] ?? '', name]));
