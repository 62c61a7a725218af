#!/usr/bin/env bash
# onnxruntime-node 1.30.0 (npm), beside onnxruntime-web 1.30.0 (npm, its wasm build run in Node).
#
# Input:    a model with two outputs, of which one has the name of something that every JavaScript object has: toString,
#           valueOf or constructor. ONNX allows any of these names; onnx.checker passes, also with full_check.
# Seen:     run(feeds) gives both outputs. run(feeds, ['other']), which asks only for the other one, fails in Node with
#           "Tensor.dims must be an array.", although the caller handed over no such tensor. The wasm build answers it.
#           The form run(feeds, { other: null }) fails in the same way.
# Expected: the outputs that were asked for; what an output is called changes nothing.
# Matters:  the message speaks of a tensor's shape, so one looks for the fault in the feeds. A service that asks for all
#           outputs in its tests and for some in production meets it only there.
# Way out:  no list of outputs: ask for all and pick afterwards. Or rename the output in the file before it is loaded.
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT && cd "$dir"
python3 -m venv env && env/bin/pip install -q onnx==1.23.2 numpy==2.4.6 protobuf==7.36.2
npm install --prefix . --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnxruntime-web@1.30.0

env/bin/python - <<'PY'
import onnx
for name in ("plain", "toString", "valueOf", "constructor"):
    model = onnx.parser.parse_model(
        f'<ir_version: 9, opset_import: ["" : 17]> g (float[2] x) => (float[2] {name}, float[2] other)'
        f" {{ {name} = Relu(x) other = Neg(x) }}"
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, f"{name}.onnx")
PY

cat > choose.cjs <<'JS'
const { readFileSync } = require('node:fs');
const binding = process.argv[2];
const ort = require(`onnxruntime-${binding}`);
if (binding === 'web') ort.env.wasm.numThreads = 1;
async function choose(name) {
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(`${name}.onnx`)));
  const feeds = { x: new ort.Tensor('float32', [1, -2], [2]) };
  const said = [];
  for (const wanted of [[], [['other']], [{ other: null }]])
    said.push(await session.run(feeds, ...wanted).then((given) => Object.keys(given).join('+'), (e) => e.message));
  console.log(`${binding} ${name}: all ${said[0]} | list ${said[1]} | object ${said[2]}`);
}
(async () => {
  for (const name of ['plain', 'toString', 'valueOf', 'constructor']) await choose(name);
})();
JS

cat > described <<'END'
node plain: all plain+other | list other | object other
node toString: all toString+other | list Tensor.dims must be an array. | object Tensor.dims must be an array.
node valueOf: all valueOf+other | list Tensor.dims must be an array. | object Tensor.dims must be an array.
node constructor: all constructor+other | list Tensor.dims must be an array. | object Tensor.dims must be an array.
web plain: all plain+other | list other | object other
web toString: all toString+other | list other | object other
web valueOf: all valueOf+other | list other | object other
web constructor: all constructor+other | list other | object other
END
(node choose.cjs node && node choose.cjs web) | tee found
diff described found
echo 'unchanged: the name of an output that nobody asked for decides whether Node answers'
