import type { PlainHead } from '@callable/http';
import { ownMember } from '@callable/protocol';
import { modelsPrefix, parseModelPath } from '../v2/parse-model-path.ts';

/** What a hot call is for, as its address says it. `model` is the name as the client wrote it. */
export type HotTarget =
  | { kind: 'run'; reference: string; proof: boolean }
  | { kind: 'infer'; reference: string; model: string; proof: boolean };

/**
 * No part of an address that a router counts, decodes or normalises in a way of its own; an escaped slash apart.
 *
 * attack: what matches in two ways is tried in both. A part that could be taken in pieces made an address of 30 letters and one
 * sign hold the gateway for seconds, and one of 50 for ever.
 */
const plainAddress = /^(\/v[12](?:\/(?:[\w.~@:-]|%2[Ff]){1,150})+)(\?proof=1)?$/;
const longestTarget = 400;
const runAddress = /^\/v1\/run\/([^/%]+(?:\/[^/%]+)?)$/;
/** What clients send; the framework refuses some others before a route sees them. */
const plainType = /^(?:application\/json(?:; ?charset=utf-8)?|application\/x-www-form-urlencoded)$/i;

/** What is answered on the library's way alone: pages, events, compressed and binary bodies, routes by version. */
const others = ['origin', 'content-encoding', 'inference-header-content-length', 'accept-version'];

/**
 * The call that a plain POST is, as the routes of /v1/run and /v2/models would find it; null where they, or a hook before
 * them, might see anything else in it.
 */
export function findHotTarget({ target, headers }: PlainHead): HotTarget | null {
  const { accept, 'content-type': type } = headers;
  if (others.some((name) => ownMember(headers, name) !== undefined)) return null;
  if (accept?.toLowerCase().includes('event-stream')) return null;
  if (type !== undefined && !plainType.test(type)) return null;
  const [, address, query] = target.length > longestTarget ? [] : (plainAddress.exec(target) ?? []);
  if (address === undefined) return null;
  const proof = query !== undefined;
  const reference = runAddress.exec(address)?.[1];
  if (reference !== undefined) return { kind: 'run', reference, proof };
  if (!address.startsWith(modelsPrefix)) return null;
  const path = parseModelPath(address.slice(modelsPrefix.length));
  return path?.action === 'infer' ? { kind: 'infer', reference: path.reference, model: path.model, proof } : null;
}
