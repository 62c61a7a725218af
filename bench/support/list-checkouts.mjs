import { join } from 'node:path';
import { cloneRef, env, root, run } from './clone-ref.mjs';

/** What is measured side by side, as `[label, directory]`: a build of the ref, where one is named, and the working tree. */
export async function listCheckouts(ref, place) {
  if (ref === '') return [['working tree', root]];
  const clone = join(place, 'ref');
  await cloneRef(ref, clone);
  // The lock file of an early ref lacks packages, so that `npm ci` refuses it.
  const install = (how) => run('npm', [how, '--loglevel=error'], { cwd: clone, env });
  await install('ci').catch(() => install('install'));
  await run('npm', ['run', '--silent', 'build'], { cwd: clone, env });
  return [
    [ref, clone],
    ['working tree', root],
  ];
}
