import type { Address } from './address.ts';

/** A publisher's readable name, claimed by statement; never starts with `0x`, so it cannot pass for an address. */
export type Handle = string & { readonly __brand: 'Handle' };
export type ModelName = string & { readonly __brand: 'ModelName' };
export type Version = string & { readonly __brand: 'Version' };
/** Whoever a reference names before the slash. */
export type Publisher = Address | Handle;

/** 3 to 39 of a-z, 0-9 and single inner hyphens. */
export const handlePattern = '^(?!0x)(?=[a-z0-9-]{3,39}$)[a-z0-9]+(?:-[a-z0-9]+)*$';
/**
 * 1 to 63 of a-z, 0-9 and inner `.`, `_`, `-`: safe as a path segment and a file name on every system, so not one
 * of the names that Windows keeps for devices.
 */
export const modelNamePattern =
  '^(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\\.|$))[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$';
/**
 * Semantic Versioning 2.0.0 without build metadata, which would give one version two spellings; numbers up to
 * nine digits, the part after the hyphen up to 40 characters.
 */
export const versionPattern =
  '^(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})' +
  '(?:-(?=[0-9A-Za-z.-]{1,40}$)(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)' +
  '(?:\\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?$';

export const parseHandle = (text: string) => match<Handle>(handlePattern, text);
export const parseModelName = (text: string) => match<ModelName>(modelNamePattern, text);
export const parseVersion = (text: string) => match<Version>(versionPattern, text);

function match<Name extends string>(pattern: string, text: string): Name | null {
  return new RegExp(pattern).test(text) ? (text as Name) : null;
}
