import type { Manifest } from '@callable/protocol';
import { formatJson } from '../terminal/format-json.ts';

/** Longer lines are no longer pasted. */
const longest = 2000;

/** A call that works when pasted into a shell, with the first vector as its input. */
export function formatCurl(baseUrl: string, reference: string, manifest: Manifest): string {
  const [vector] = manifest.vectors;
  const body = vector && 'inputs' in vector ? formatJson(vector.inputs) : null;
  // Inside single quotes a shell interprets nothing; a single quote itself is written as a JSON escape.
  const data = body !== null && body.length <= longest ? `'${body.replaceAll("'", '\\u0027')}'` : '@in.json';
  return `curl ${baseUrl}/v1/run/${reference} -d ${data}`;
}
