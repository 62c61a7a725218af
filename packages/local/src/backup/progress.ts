/** How far a backup or restore is: bytes of this step, and of how many where that is known. */
export type BackupProgress = {
  step: 'database' | 'files' | 'reading back' | 'checking' | 'writing files' | 'loading the database';
  done: number;
  total: number | null;
};

export type OnProgress = (progress: BackupProgress) => void;

/** Counts the bytes of one step. */
export function countBytes(onProgress: OnProgress, step: BackupProgress['step'], total: number | null) {
  let done = 0;
  onProgress({ step, done, total });
  return (bytes: number) => {
    done += bytes;
    onProgress({ step, done, total });
  };
}
