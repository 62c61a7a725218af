import { documentationOf, type Manifest } from '@callable/protocol';
import { cleanText } from '../terminal/clean-text.ts';

/** How far it is documented, and what adds each point that is missing; one line where all are there. */
export function tellDocumented(manifest: Manifest): string[] {
  const { has, of, missing } = documentationOf(manifest);
  return [
    `Documented ${has} of ${of}${missing.length === 0 ? '' : ': whoever finds it will want to know the rest'}`,
    ...missing.map(({ message, next }) => `  ${cleanText(message)} ${next}`),
  ];
}
