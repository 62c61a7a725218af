import type { DayCaller, NamedCaller } from '@callable/protocol';

export const callerBytes = 27;

/** Address, calls (beyond 2^32 a caller is the busiest anyway), since which day, and who it speaks for: 27 bytes a caller. */
export function packCallers(callers: readonly DayCaller[]): Buffer {
  const bytes = Buffer.allocUnsafe(callerBytes * callers.length);
  for (const [index, { caller, calls, since, isVoice, isRelier, isJudge }] of callers.entries()) {
    const at = index * callerBytes;
    bytes.write(caller.slice(2), at, 'hex');
    bytes.writeUInt32BE(Math.min(calls, 0xffff_ffff), at + 20);
    bytes.writeUInt16BE(Math.min(since, 0xffff), at + 24);
    bytes[at + 26] = Number(isVoice) | (Number(isRelier) << 1) | (Number(isJudge) << 2);
  }
  return bytes;
}

/** Under names of twenty letters, one for each byte: a third of the time that hex takes, and nobody is shown them. */
export function unpackCallers(bytes: Buffer): NamedCaller[] {
  return Array.from({ length: bytes.length / callerBytes }, (_, index) => {
    const at = index * callerBytes;
    const flags = bytes[at + 26] as number;
    return {
      caller: bytes.toString('latin1', at, at + 20),
      calls: bytes.readUInt32BE(at + 20),
      since: bytes.readUInt16BE(at + 24),
      isVoice: (flags & 1) > 0,
      isRelier: (flags & 2) > 0,
      isJudge: (flags & 4) > 0,
    };
  });
}

/** How many there are of each, without a caller unpacked: a day of the network may have millions. */
export function countPacked(bytes: Buffer): { independent: number; voices: number; reliers: number; judges: number } {
  const counts = { independent: 0, voices: 0, reliers: 0, judges: 0 };
  for (let at = 0; at < bytes.length; at += callerBytes) {
    const flags = bytes[at + 26] as number;
    if (bytes.readUInt32BE(at + 20) > 0) counts.independent++;
    counts.voices += flags & 1;
    counts.reliers += (flags >> 1) & 1;
    counts.judges += (flags >> 2) & 1;
  }
  return counts;
}
