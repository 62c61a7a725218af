import type { FormatTable } from './format.ts';
import { onnxFormat } from './onnx/onnx-format.ts';

/** Every format there is, by the word in manifests. */
export const formatTable = { onnx: onnxFormat } as const satisfies FormatTable;
