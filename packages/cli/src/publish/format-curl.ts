import type { Manifest } from '@callable/protocol';
import { formatJson } from '../terminal/format-json.ts';

/** Longer lines are no longer pasted. */
const longest = 2000;

/**
 * A call that works when pasted into a shell, with the first vector as its input: written out, fetched when it is long, made
 * when it is binary. `inputs` are those of a vector in a file, where they were read.
 */
export function formatCurl(baseUrl: string, reference: string, manifest: Manifest, inputs: unknown = null): string {
  const [vector] = manifest.vectors;
  const call = `curl ${baseUrl}/v1/run/${reference} -d`;
  if (!vector) return `${call} @in.json`;
  if (inputs !== null && formatJson(inputs).length <= longest) return `${call} ${quote(formatJson(inputs))}`;
  if ('inputs' in vector) {
    const body = formatJson(vector.inputs);
    if (body.length <= longest) return `${call} ${quote(body)}`;
    return `${fetchInputs(`${baseUrl}/v1/releases/${reference}`, 'manifest.vectors[0].inputs')} | ${call} @-`;
  }
  if (vector.file.endsWith('.bin')) return `${makeInputs(manifest.inputs)} | ${call} @-`;
  const file = manifest.files.find(({ path }) => path === vector.file);
  return `${fetchExactly(`${baseUrl}/v1/files/${file?.sha256}`, 'inputs')} | ${call} @-`;
}

/** Inside single quotes a shell interprets nothing; a single quote itself is written as a JSON escape. */
const quote = (json: string) => `'${json.replaceAll("'", '\\u0027')}'`;

/** The inputs out of a JSON document at an address, by curl and Node. What a manifest holds survives JSON.parse. */
const fetchInputs = (url: string, place: string) =>
  `curl -s ${url} | node -p 'JSON.stringify(JSON.parse(require("fs").readFileSync(0,"utf8")).${place})'`;

/**
 * The same for a file, which is one because it is long or because JSON.parse would change it. Numbers pass as strings
 * under a mark: parsed they would be rounded, and -0.0 would become 0.
 */
function fetchExactly(url: string, place: string): string {
  const marked = String.raw`require("fs").readFileSync(0,"utf8").replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g,t=>t[0]=="\""?t:"\"\\u0001"+t+"\"")`;
  const back = String.raw`.replace(/"\\u0001(-?\d[\d.eE+-]*)"/g,"$1")`;
  return `curl -s ${url} | node -p 'JSON.stringify(JSON.parse(${marked}).${place})${back}'`;
}

/** Inputs of the declared shapes with one value everywhere: megabytes that no line holds and no JSON file has. */
function makeInputs(inputs: Manifest['inputs']): string {
  const members = inputs.map(({ name, datatype, shape }) => {
    const value =
      datatype === 'BYTES' ? '"text"' : datatype === 'BOOL' ? 'true' : datatype.startsWith('FP') ? '0.5' : '1';
    const sizes = shape.map((size) => (size === -1 ? 1 : size));
    return `${formatJson(name).replaceAll("'", '\\u0027')}:f(${[value, ...sizes].join()})`;
  });
  const fill = 'const f=(v,n,...m)=>n===undefined?v:Array(n).fill(f(v,...m));';
  return `node -p '${fill}JSON.stringify({${members.join()}})'`;
}
