/**
 * A member that the object itself has, else undefined. A stranger's word may be `constructor`, which every plain object has
 * from its prototype: `scripts/find-word-lookups.mjs` lets no text be looked up in another way.
 */
export function ownMember<Of extends object>(object: Of, name: PropertyKey): Of[keyof Of] | undefined {
  return Object.hasOwn(object, name) ? object[name as keyof Of] : undefined;
}
