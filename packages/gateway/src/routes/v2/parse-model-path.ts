import { parseDigest, parseReleaseRef } from '@callable/protocol';

/** What every address of a model begins with. */
export const modelsPrefix = '/v2/models/';

export type ModelAction = 'metadata' | 'ready' | 'infer';
/** What comes after `/v2/models/`. `model` is the name as the client wrote it, without a version. */
export type ModelPath = { reference: string; model: string; action: ModelAction };

/**
 * Reads `{publisher}/{name}[@version][/versions/{v}][/ready|/infer]`, or a digest in place of the name; the slash of
 * the name may be escaped, as clients do that escape the whole name. Null when it is something else.
 */
export function parseModelPath(tail: string): ModelPath | null {
  const parts = decodeParts(tail);
  if (!parts) return null;
  const named = parts[0] !== undefined && parseDigest(parts[0]) ? 1 : 2;
  const model = parts.slice(0, named).join('/');
  const rest = parts.slice(named);
  const version = rest[0] === 'versions' ? rest[1] : null;
  const action = actionOf(version === null ? rest : rest.slice(2));
  if (!action || version === undefined) return null;
  const reference = version === null ? model : `${model}@${version}`;
  return parseDigest(reference) || parseReleaseRef(reference) ? { reference, model, action } : null;
}

function decodeParts(tail: string): string[] | null {
  try {
    return tail.split('/').flatMap((part) => decodeURIComponent(part).split('/'));
  } catch {
    return null;
  }
}

function actionOf(rest: readonly string[]): ModelAction | null {
  if (rest.length === 0) return 'metadata';
  const [action] = rest;
  return rest.length === 1 && (action === 'ready' || action === 'infer') ? action : null;
}
