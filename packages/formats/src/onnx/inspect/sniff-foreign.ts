import type { FindingCode } from './finding-codes.ts';

/**
 * Recognises files that are not ONNX by their first bytes (320 are enough, fewer for shorter files) and names them.
 * Null means: may be ONNX, read on.
 */
export function sniffForeign(head: Uint8Array): { code: FindingCode; message: string } | null {
  if (head.length === 0) {
    return { code: 'EmptyFile', message: 'The file is empty; export the model again and upload the result.' };
  }
  const text = new TextDecoder('latin1').decode(head);
  if (text.startsWith('version https://git-lfs')) {
    return {
      code: 'GitLfsPointer',
      message: 'This is a Git LFS pointer, not the model; run `git lfs pull` and upload the real file.',
    };
  }
  const page = text.replace(/^[\u00ef\u00bb\u00bf\s]+/, '').toLowerCase();
  if (page.startsWith('<!doctype') || page.startsWith('<html') || page.startsWith('<?xml')) {
    return {
      code: 'NotOnnx',
      message: 'This is a web page, not a model; download the file itself (the "raw" link) and upload that.',
    };
  }
  for (const { at, magic, what, remedy } of foreignFormats) {
    if (text.startsWith(magic, at)) return foreign(what, remedy);
  }
  const jsonAt = text.charAt(8);
  if (head.length > 9 && jsonAt === '{' && head[4] === 0 && head[5] === 0 && head[6] === 0 && head[7] === 0) {
    return foreign('a safetensors file, which holds weights without a graph', toOnnx);
  }
  if (page.startsWith('{') || page.startsWith('[')) {
    return { code: 'NotOnnx', message: 'This is JSON text, not a model; upload the .onnx file.' };
  }
  return null;
}

function foreign(what: string, remedy: string): { code: FindingCode; message: string } {
  return { code: 'ForeignFormat', message: `This is ${what}, not ONNX; ${remedy}.` };
}

const toOnnx = 'export the model to ONNX and upload the .onnx file';
const unpack = 'unpack it and upload the .onnx file inside';
const pickle = 'a Python pickle, which runs code when opened';

const foreignFormats: readonly { at: number; magic: string; what: string; remedy: string }[] = [
  {
    at: 0,
    magic: 'PK\x03\x04',
    what: 'a zip archive (PyTorch .pt files and Keras files are zips too)',
    remedy: `${unpack}, or ${toOnnx}`,
  },
  { at: 0, magic: 'GGUF', what: 'a GGUF file', remedy: toOnnx },
  { at: 4, magic: 'ORTM', what: "onnxruntime's own .ort format", remedy: 'upload the .onnx file it was made from' },
  { at: 4, magic: 'TFL3', what: 'a TensorFlow Lite file', remedy: toOnnx },
  { at: 0, magic: '\x80\x02', what: pickle, remedy: toOnnx },
  { at: 0, magic: '\x80\x03', what: pickle, remedy: toOnnx },
  { at: 0, magic: '\x80\x04', what: pickle, remedy: toOnnx },
  { at: 0, magic: '\x80\x05', what: pickle, remedy: toOnnx },
  { at: 0, magic: '\x89HDF\r\n', what: 'an HDF5 file', remedy: toOnnx },
  { at: 0, magic: '\x93NUMPY', what: 'a NumPy array', remedy: toOnnx },
  { at: 0, magic: '\x1f\x8b', what: 'a gzip archive', remedy: unpack },
  { at: 0, magic: '7z\xbc\xaf', what: 'a 7-Zip archive', remedy: unpack },
  { at: 0, magic: '\xfd7zXZ', what: 'an xz archive', remedy: unpack },
  { at: 0, magic: 'BZh', what: 'a bzip2 archive', remedy: unpack },
  { at: 0, magic: '\x28\xb5\x2f\xfd', what: 'a Zstandard archive', remedy: unpack },
  { at: 257, magic: 'ustar', what: 'a tar archive', remedy: unpack },
  { at: 0, magic: '\x7fELF', what: 'a program', remedy: toOnnx },
];
