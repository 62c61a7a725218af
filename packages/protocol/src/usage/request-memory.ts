/** Requests in one of two generations, 48 MB both: what is older is forgotten, two to four million signed calls later. */
const generation = 2_000_000;
const firstSlots = 1 << 12;

/**
 * Which requests were counted on this day of the log. Exact for the last two million, and a function of the files in their order, so
 * that hub and auditor forget alike.
 * attack: a gateway and a node report one signed request a thousand times.
 */
export class RequestMemory {
  #day = -1;
  #old = new Fingerprints();
  #fresh = new Fingerprints();

  /** Whether this nonce of this caller, each where it stands in the bytes, was counted on that day; notes that it is. */
  isRepeated(day: number, bytes: DataView, nonce: number, caller: number): boolean {
    if (day !== this.#day) {
      this.#day = day;
      this.#old = new Fingerprints();
      this.#fresh = new Fingerprints();
    }
    // Eight bytes of both: nobody can have a nonce of somebody else counted as its own before it is public.
    const low = bytes.getUint32(nonce) ^ bytes.getUint32(caller);
    const high = bytes.getUint32(nonce + 4) ^ bytes.getUint32(caller + 4);
    if (this.#old.has(low, high)) return true;
    if (!this.#fresh.add(low, high)) return true;
    if (this.#fresh.size >= generation) {
      this.#old = this.#fresh;
      this.#fresh = new Fingerprints();
    }
    return false;
  }
}

/** A set of 64-bit numbers in two arrays: a Set of texts takes ten times as much. */
class Fingerprints {
  #slots = new Uint32Array(2 * firstSlots);
  /** Zeros mark an empty slot, so the number that has only zeros is kept apart. */
  #hasZero = false;
  size = 0;

  has(low: number, high: number): boolean {
    if (low === 0 && high === 0) return this.#hasZero;
    const at = this.#find(low >>> 0, high >>> 0);
    return this.#slots[at] !== 0 || this.#slots[at + 1] !== 0;
  }

  /** False where it is there. */
  add(low: number, high: number): boolean {
    if (this.has(low, high)) return false;
    this.size++;
    if (low === 0 && high === 0) this.#hasZero = true;
    else this.#put(low >>> 0, high >>> 0);
    if (this.size > this.#slots.length / 4) this.#grow();
    return true;
  }

  #find(low: number, high: number): number {
    const mask = this.#slots.length / 2 - 1;
    // Multiplied, so that nonces counted up do not stand in one row.
    let slot = (Math.imul(low ^ (high >>> 7), 0x9e3779b1) ^ high) & mask;
    for (;;) {
      const at = 2 * slot;
      const isEmpty = this.#slots[at] === 0 && this.#slots[at + 1] === 0;
      if (isEmpty || (this.#slots[at] === low && this.#slots[at + 1] === high)) return at;
      slot = (slot + 1) & mask;
    }
  }

  #put(low: number, high: number): void {
    const at = this.#find(low, high);
    this.#slots[at] = low;
    this.#slots[at + 1] = high;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const [low, high] = [before[at] as number, before[at + 1] as number];
      if (low !== 0 || high !== 0) this.#put(low, high);
    }
  }
}
