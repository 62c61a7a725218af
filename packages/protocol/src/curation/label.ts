import type { Address } from '../identity/address.ts';

/** What somebody says about a release, a node, a key or a handle; it counts with those who follow them. */
export type Label = {
  subject: string;
  label: string;
  signer: Address;
  note: string;
  /** When the log took it in first, of the time it has stood without a gap; milliseconds. */
  since: number;
  /** Milliseconds, or null when it stands until it is taken back. */
  expiresAt: number | null;
  statement: string;
};

/** One signer says one word about one subject once; saying it again replaces it. */
export function labelKey({ subject, signer, label }: Pick<Label, 'subject' | 'signer' | 'label'>): string {
  return `${signer} ${label} ${subject}`;
}

export const standsAt = (label: Label, now: number): boolean => label.expiresAt === null || label.expiresAt > now;
