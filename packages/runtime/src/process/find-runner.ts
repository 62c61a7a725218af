import { fileURLToPath } from 'node:url';

/** The built file of one of our runners also when this one runs from its source: a child process has no loader for TypeScript. */
export function findRunner(path: string): string {
  const directory = fileURLToPath(new URL('../runners/', import.meta.url));
  return directory.replace(/([\\/])src([\\/]runners[\\/])$/, '$1dist$2') + path;
}
