import type { Manifest } from './manifest.ts';

/** Names that exporters give to axes nobody named: `unk__12`, `dynamic_axes_1`, `dim_0`, `?`. */
const generated = /^(unk_*\d*|dynamic_axes_\d+|dim_?(param)?_?\d*|\?|none|-1|[a-z_]+_dim_\d+|s\d+)$/i;

/** Whether the name of an axis tells a reader anything. */
export const saysWhatItCounts = (name: string | null | undefined): name is string =>
  typeof name === 'string' && name.trim() !== '' && !generated.test(name.trim());

/**
 * What each axis counts, such as `batch`, as the member `axes` of an input or output says; null where nobody says. Releases of
 * before may hold anything under that name: a manifest is never refused for it.
 */
export function axisNames(spec: Manifest['inputs'][number]): (string | null)[] {
  const { axes } = spec as { axes?: unknown };
  const list: unknown[] = Array.isArray(axes) ? axes : [];
  return spec.shape.map((_, at) => (typeof list[at] === 'string' ? list[at] : null));
}
