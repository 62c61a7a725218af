/** The name Walrus gives some bytes: 32 bytes as base64url, 43 characters. It depends on nothing but the bytes. */
export type WalrusBlobId = string;

/** A Walrus blob ID in its one spelling, or null. */
export function parseWalrusBlobId(text: string): WalrusBlobId | null {
  // The last character holds four bits: others than these would be a second name for the same blob.
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text) ? text : null;
}
