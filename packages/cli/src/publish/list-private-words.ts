import { homedir, hostname } from 'node:os';

/**
 * Words that tell of this machine wherever they stand: the home directory and the name of the host. Not the bare name of
 * the user, and no host name that is one plain word: a label may be called `jane`, `debian` or `mnist` too.
 */
export function listPrivateWords(): string[] {
  return [homedir(), hostname()].filter((word) => /[^A-Za-z]/.test(word.slice(1)) && word !== 'localhost');
}
