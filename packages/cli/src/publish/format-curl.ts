import type { Manifest } from '@callable/protocol';
import { formatJson } from '../terminal/format-json.ts';

/** Longer lines are no longer pasted. */
const longest = 2000;

/** A call that works when pasted into a shell, with the first vector as its input: written out, or fetched when it is long. */
export function formatCurl(baseUrl: string, reference: string, manifest: Manifest): string {
  const [vector] = manifest.vectors;
  const call = `curl ${baseUrl}/v1/run/${reference} -d`;
  if (!vector) return `${call} @in.json`;
  if ('inputs' in vector) {
    const body = formatJson(vector.inputs);
    // Inside single quotes a shell interprets nothing; a single quote itself is written as a JSON escape.
    if (body.length <= longest) return `${call} '${body.replaceAll("'", '\\u0027')}'`;
    return `${fetchInputs(`${baseUrl}/v1/releases/${reference}`, 'manifest.vectors[0].inputs')} | ${call} @-`;
  }
  const file = manifest.files.find(({ path }) => path === vector.file);
  return `${fetchInputs(`${baseUrl}/v1/files/${file?.sha256}`, 'inputs')} | ${call} @-`;
}

/** The inputs out of a JSON document at an address, by what everybody here has: curl and Node. */
function fetchInputs(url: string, place: string): string {
  return `curl -s ${url} | node -p 'JSON.stringify(JSON.parse(require("fs").readFileSync(0)).${place})'`;
}
