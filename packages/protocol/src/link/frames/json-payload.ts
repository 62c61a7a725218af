const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export const encodeJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** The JSON value in these bytes, or undefined when there is none. Whether it fits is for the caller to check. */
export function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

/** A reason as it travels in a farewell: short, and shown to people. */
export const encodeReason = (reason: string): Uint8Array => encoder.encode(reason).subarray(0, 120);
export const decodeReason = (bytes: Uint8Array): string =>
  new TextDecoder().decode(bytes.subarray(0, 120)).replace(/\p{Cc}+/gu, ' ');
