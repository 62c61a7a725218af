/** The caller reads nothing, and holds a model that others wait for. */
export class CallerStalled extends Error {}

/** Waits until the caller has room for more. Throws CallerStalled when that takes longer than `stallMs`. */
export async function waitForCaller(taking: void | Promise<void>, stallMs: number): Promise<void> {
  if (!taking) return;
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CallerStalled(`The caller took nothing for ${stallMs} ms.`)), stallMs);
  });
  await Promise.race([taking, stalled]).finally(() => clearTimeout(timer));
}
