/** Asks a server once and compares its answer with what a bare session said: a wrong one is not worth measuring. */
export async function checkAnswer(server, model, bodies, expected) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(server.url(model), { method: 'POST', headers, body: bodies[server.body] });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${server.name}, ${model}: ${answer.status} ${text.slice(0, 300)}`);
  const { outputs } = JSON.parse(text);
  for (const [name, { data }] of Object.entries(expected)) {
    // The Open Inference Protocol lists outputs, the other doors name them.
    const got = Array.isArray(outputs) ? outputs.find((each) => each.name === name)?.data : outputs[name];
    const flat = [got].flat(8);
    const isRight = flat.length === data.length && flat.every((value, n) => isNear(value, Number(data[n])));
    if (!isRight)
      throw new Error(`${server.name} answers ${model} otherwise than a bare session: ${text.slice(0, 200)}`);
  }
}

const isNear = (a, b) => Math.abs(a - b) <= 1e-5 + 1e-3 * Math.abs(b);
