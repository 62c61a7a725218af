/** A loop of `session.run` and nothing else, in this process on one thread: calls a second and CPU of each. */
export async function measureBare({ draw, run }, seconds) {
  const drawn = draw();
  for (let n = 0; n < 20; n++) await run(drawn);
  const before = process.cpuUsage();
  const began = performance.now();
  let calls = 0;
  while (performance.now() - began < seconds * 1000) {
    await run(drawn);
    calls++;
  }
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (calls * 1000) / (performance.now() - began), cpuMs: (user + system) / 1000 / calls };
}
