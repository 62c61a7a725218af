import { nativeRow } from './onnx/native-row.ts';
import { wasmRow } from './onnx/wasm-row.ts';
import type { RuntimeTable } from './runtime-row.ts';

/** Every runtime there is, under the name by which a format asks for it. */
export const runtimeTable = { native: nativeRow, wasm: wasmRow } as const satisfies RuntimeTable;
