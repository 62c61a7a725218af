const longest = 300;

/**
 * One bounded sentence out of what native code reports: without status codes, C++ signatures,
 * source lines and paths, which tell a publisher nothing and tell strangers about this machine.
 */
export function cleanMessage(text: string): string {
  const plain = text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g, '')
    .replace(/Load model from .*? failed:\s*/g, '')
    .replace(/(?:\/[\w.+-]+)+\.(?:cc|h|cpp|hpp):\d+\s+(?:.*?\)(?: const)?(?: \[[^\]]*\])?:?\s+)?/g, '')
    .replace(/(?:\/[\w.@+-]+){2,}\/?/g, '(path)')
    .replace(/\s+/g, ' ')
    .trim();
  const bounded = plain.length > longest ? `${plain.slice(0, longest)}…` : plain || 'The runtime gave no reason';
  const sentence = bounded.charAt(0).toUpperCase() + bounded.slice(1);
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** Whether native code says that it could not get memory. */
export function isOutOfMemory(text: string): boolean {
  return /failed to allocate|bad_alloc|bad allocation|out of memory|cannot allocate|array buffer allocation failed|allocation failed/i.test(
    text,
  );
}
