export type { AdjudicationContext, AdjudicationOutcome, AdjudicationRequest } from './audits/run-adjudicator.ts';
export { runAdjudicator } from './audits/run-adjudicator.ts';
export { type CheckFindingCode, checkFindings } from './checks/check-findings.ts';
export { completeSettings, type NodeConfig, type NodeSettings, readSettings } from './config.ts';
export type { NodeOverrides } from './context.ts';
export { type DialOptions, dialGateway } from './link/dial-gateway.ts';
export { nodeProgram } from './node-program.ts';
export { parseSourceSettings } from './sources/parse-source-settings.ts';
export { type RunningNode, startNode } from './start-node.ts';
