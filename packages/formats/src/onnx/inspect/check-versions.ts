import type { Model, Opset } from '../model/messages.ts';
import { type Findings, quoted } from './findings.ts';
import { domainName, maxIrVersion, oldestPromisedOpset, operatorDomains } from './operators.ts';

/** IR and opset versions against what the runtime reads. Answers the opsets by domain, `ai.onnx` written out. */
export function checkVersions(model: Model, findings: Findings): Map<string, number> {
  if (!(model.irVersion >= 1 && model.irVersion <= maxIrVersion)) {
    findings.add(
      'UnsupportedIrVersion',
      'ir_version',
      `IR version ${model.irVersion} is not one of 1 to ${maxIrVersion}; export the model with an older onnx package.`,
    );
  }
  if (model.opsets.length === 0) {
    findings.add('NoOpset', 'opset_import', 'The model does not say which opset it is written for; export it again.');
  }
  const opsets = checkImports(model.opsets, 'opset_import', findings);
  for (const [index, local] of model.functions.entries()) {
    checkImports(local.opsets, `functions[${index}].opset_import`, findings);
  }
  const main = opsets.get('ai.onnx');
  if (main !== undefined && main < oldestPromisedOpset) {
    findings.add(
      'OldOpset',
      'opset_import',
      `Opset ${main} is older than ${oldestPromisedOpset}, below which operators may be missing; convert the model to a newer opset.`,
    );
  }
  return opsets;
}

function checkImports(imports: readonly Opset[], where: string, findings: Findings): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain, version } of imports) {
    const name = domainName(domain);
    const known = operatorDomains.find((candidate) => candidate.name === name);
    if (known && !(version >= 1 && version <= known.maxVersion)) {
      findings.add(
        'UnsupportedOpsetVersion',
        where,
        `Opset ${version} of ${name} is not one of 1 to ${known.maxVersion}; export the model with opset ${known.maxVersion} or lower.`,
      );
    }
    const earlier = opsets.get(name);
    if (earlier !== undefined && earlier !== version) {
      findings.add(
        'ConflictingOpset',
        where,
        `The domain ${quoted(name)} is imported as opset ${earlier} and as ${version}; keep one import per domain.`,
      );
    }
    opsets.set(name, version);
  }
  return opsets;
}
