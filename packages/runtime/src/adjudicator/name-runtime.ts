import type { RuntimeInfo } from '../runtime.ts';

/** `onnxruntime-web@1.30.0+3398c10d07d229bd`: which bytes computed, short enough to read. */
export function nameRuntime({ runtime, version, binarySha256 }: RuntimeInfo): string {
  return `${runtime}@${version}+${binarySha256.slice(0, 16)}`;
}
