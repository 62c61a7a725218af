import { ownMember } from '@callable/protocol';

/** What the Open Inference Protocol calls formats it has a word for. */
const platforms: Readonly<Record<string, string>> = { onnx: 'onnx_onnxv1' };

/** The `platform` of a model's metadata; a format without such a word is called as in its manifest. */
export const platformOf = (format: string): string => ownMember(platforms, format) ?? format;
