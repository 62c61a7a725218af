import { attributeOf } from './constants-of.ts';
import { type Findings, quoted } from './findings.ts';
import { isFoldingLocale } from './locales.ts';
import { nodeWhere, type Region } from './walk-regions.ts';

/** StringNormalizer folds case by a locale of the machine: one that a node lacks fails there, and with words of C++. */
export function checkLocales(regions: readonly Region[], findings: Findings): void {
  for (const region of regions)
    for (const [index, node] of region.nodes.entries()) {
      const written = node.op === 'StringNormalizer' ? attributeOf(node, 'locale')?.text : undefined;
      if (!written) continue;
      const name = written.bytes ? new TextDecoder().decode(written.bytes) : '…';
      if (isFoldingLocale(name)) continue;
      findings.add(
        'UnknownLocale',
        nodeWhere(region, index),
        `The operator "StringNormalizer" folds case by the locale ${quoted(name)}, which nodes do not have; set its locale to en_US.UTF-8, which folds every language but Turkish and its kin.`,
      );
    }
}
