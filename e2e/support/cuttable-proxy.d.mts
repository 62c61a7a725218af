export type CuttableProxy = AsyncDisposable & {
  url: string;
  sent: () => number;
  acknowledged: () => number;
  until: (isSo: () => boolean) => Promise<void>;
  cut: (how: 'reset' | 'lost') => void;
  open: () => void;
};
export function startCuttableProxy(target: number): Promise<CuttableProxy>;
