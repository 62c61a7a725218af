import type { Model, Opset } from '../model/messages.ts';
import { domainName, maxIrVersion, oldestPromisedOpset, operatorDomains } from '../operators/operators.ts';
import { planVersions, type VersionPlan } from '../versions/plan-versions.ts';
import { usedOperators } from '../versions/used-operators.ts';
import { type Findings, quoted } from './findings.ts';
import type { Region } from './walk-regions.ts';

/** IR and opset versions against what the runtime reads. Answers the opsets by domain, `ai.onnx` written out. */
export function checkVersions(model: Model, regions: readonly Region[], findings: Findings): Map<string, number> {
  let plan: VersionPlan | null = null;
  const planned = () => {
    plan ??= planVersions(usedOperators(model, regions));
    return plan;
  };
  if (model.opsets.length === 0) {
    findings.add('NoOpset', 'opset_import', 'The model does not say which opset it is written for; export it again.');
  }
  const opsets = checkImports(model.opsets, 'opset_import', planned, findings);
  for (const [index, local] of model.functions.entries()) {
    checkImports(local.opsets, `functions[${index}].opset_import`, planned, findings);
  }
  if (!(model.irVersion >= 1 && model.irVersion <= maxIrVersion)) {
    findings.add('UnsupportedIrVersion', 'ir_version', irMessage(model.irVersion, planned));
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

type Planned = () => VersionPlan;

const byPublish = 'every operator of the model is the same there, so callable publish lowers it by itself';

function irMessage(version: number, planned: Planned): string {
  const start = `IR version ${version} is not one of 1 to ${maxIrVersion}, which nodes read`;
  // What stands in a version nobody knows yet cannot be promised to stay the same.
  const plan = version > maxIrVersion && version < 1000 ? planned() : null;
  return plan?.kind === 'lower' && plan.ir !== null
    ? `${start}; ${byPublish}.`
    : `${start}; set ir_version to ${maxIrVersion} before the model is saved, or export with an older onnx package.`;
}

function opsetMessage(domain: string, version: number, newest: number, planned: Planned): string {
  const start = `Opset ${version} of ${domain} is not one of 1 to ${newest}, which nodes run`;
  const plan = version > newest ? planned() : null;
  if (plan?.kind === 'refuse') return plan.message;
  return plan?.kind === 'lower' ? `${start}; ${byPublish}.` : `${start}; export the model with opset ${newest}.`;
}

function checkImports(
  imports: readonly Opset[],
  where: string,
  planned: Planned,
  findings: Findings,
): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain, version } of imports) {
    const name = domainName(domain);
    const known = operatorDomains.find((candidate) => candidate.name === name);
    if (known && !(version >= 1 && version <= known.maxVersion)) {
      findings.add('UnsupportedOpsetVersion', where, opsetMessage(name, version, known.maxVersion, planned));
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
