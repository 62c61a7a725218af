import { randomBytes } from 'node:crypto';
import type { Address } from '@callable/protocol';

const wordsOfAddress = 5;
const words = wordsOfAddress + 1;
const firstSlots = 1 << 12;

/**
 * The first day of each key, 48 to 96 bytes a key: a Map of texts takes three times as much. Whole addresses are kept.
 * attack: two keys that begin alike are found in an afternoon, and would have one first day here and two at the hub.
 */
export class FirstDays {
  /** Drawn anew, so that nobody makes keys that all fall into one place. */
  #salt = randomBytes(4).readUInt32LE() | 1;
  /** A day is kept plus one: 0 marks an empty slot. */
  #slots = new Uint32Array(words * firstSlots);
  #key = new Uint32Array(wordsOfAddress);
  size = 0;

  /** Days come in the order of the log: the first that is said stays. */
  see(caller: Address, day: number): void {
    this.#read(caller);
    const at = this.#find(this.#key, 0);
    if (this.#slots[at + wordsOfAddress] !== 0) return;
    this.#slots.set(this.#key, at);
    this.#slots[at + wordsOfAddress] = day + 1;
    this.size++;
    if (2 * this.size > this.#slots.length / words) this.#grow();
  }

  of(caller: Address): number {
    this.#read(caller);
    const day = this.#slots[this.#find(this.#key, 0) + wordsOfAddress] as number;
    return day === 0 ? Number.MAX_SAFE_INTEGER : day - 1;
  }

  #read(caller: Address): void {
    for (let word = 0; word < wordsOfAddress; word++)
      this.#key[word] = Number.parseInt(caller.slice(2 + 8 * word, 10 + 8 * word), 16);
  }

  #find(key: Uint32Array, from: number): number {
    const slots = this.#slots.length / words;
    let mixed = this.#salt;
    for (let word = 0; word < wordsOfAddress; word++) {
      mixed = Math.imul(mixed ^ (key[from + word] as number), 0x9e3779b1);
      mixed ^= mixed >>> 15;
    }
    for (let slot = mixed & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = words * slot;
      if (this.#slots[at + wordsOfAddress] === 0 || this.#isAt(at, key, from)) return at;
    }
  }

  #isAt(at: number, key: Uint32Array, from: number): boolean {
    for (let word = 0; word < wordsOfAddress; word++) if (this.#slots[at + word] !== key[from + word]) return false;
    return true;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += words) {
      if (before[at + wordsOfAddress] === 0) continue;
      this.#slots.set(before.subarray(at, at + words), this.#find(before, at));
    }
  }
}
