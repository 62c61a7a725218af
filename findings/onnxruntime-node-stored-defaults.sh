#!/usr/bin/env bash
# onnxruntime-node 1.30.0 and onnxruntime-web 1.30.0 (npm), beside onnxruntime 1.30.0 (Python): one release, three bindings.
#
# Input:    y = x * w, where the graph lists x and w as inputs and stores 10 for w. Since IR 4 that makes w an input with
#           a default. onnx.checker passes the model, also with full_check.
# Seen:     Python lists w under get_overridable_initializers() and takes a value for it: [1, 2] times 3 is [3, 6].
#           Node does not list w, and run({x, w}) drops the given 3 without a word: the answer is [10, 20].
#           The wasm build does not list w either, but it refuses the call: invalid input 'w'.
# Expected: the value is used, or the call is refused. A model should not answer another question than the one asked.
# Matters:  a threshold, a temperature or a seed can stand there. A service that moves from Python to Node gives
#           plausible numbers that ignore what its callers set, and no log line says so.
# Way out:  compare the names in feeds with inputNames before run(). To make w settable, take its initializer out of the
#           file: then Node lists it and uses it, and the caller must always send it. The last lines show that.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install -q onnx==1.23.2 onnxruntime==1.30.0 numpy==2.4.6 protobuf==7.36.2
npm install --prefix . --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnxruntime-web@1.30.0

cat > ask.py <<'PY'
import numpy, onnx, onnxruntime
head = '<ir_version: 7, opset_import: ["" : 13]> '
for name, default in (("stored", " = {10}"), ("without", "")):
    text = f"{head} g (float[2] x, float[1] w{default}) => (float[2] y) {{ y = Mul(x, w) }}"
    model = onnx.parser.parse_model(text)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, f"{name}.onnx")
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
session = onnxruntime.InferenceSession("stored.onnx", options)
feeds = {"x": numpy.float32([1, 2]), "w": numpy.float32([3])}
settable = [entry.name for entry in session.get_overridable_initializers()]
print("python stored: settable", ",".join(settable), "gives", session.run(None, feeds)[0].tolist())
PY

cat > ask.cjs <<'JS'
const [binding, name] = process.argv.slice(2);
const ort = require(`onnxruntime-${binding}`);
if (binding === 'web') ort.env.wasm.numThreads = 1;
const bytes = new Uint8Array(require('node:fs').readFileSync(`${name}.onnx`));
const feeds = { x: new ort.Tensor('float32', [1, 2], [2]), w: new ort.Tensor('float32', [3], [1]) };
ort.InferenceSession.create(bytes, { logSeverityLevel: 3 }).then(async (session) => {
  const said = await session.run(feeds).then(({ y }) => `gives [${y.data.join(', ')}]`, (e) => `refuses: ${e.message}`);
  console.log(`${binding} ${name}: inputNames ${session.inputNames} ${said}`);
});
JS

{
  env/bin/python ask.py
  node ask.cjs node stored
  node ask.cjs web stored
  node ask.cjs node without
} | tee seen
diff - seen <<'END'
python stored: settable w gives [3.0, 6.0]
node stored: inputNames x gives [10, 20]
web stored: inputNames x refuses: invalid input 'w'
node without: inputNames x,w gives [3, 6]
END
echo 'unchanged: Node drops a value for a stored default, the other two do not'
