import { env } from 'onnxruntime-node';

export const runtimeVersion: string = env.versions.node ?? env.versions.common;
