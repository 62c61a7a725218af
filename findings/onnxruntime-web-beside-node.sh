#!/usr/bin/env bash
# onnxruntime-web 1.30.0 and onnxruntime-node 1.30.0 (npm), both loaded in one Node process.
#
# Input:    a valid model (RoiAlign at opset 22, float32) that both engines refuse to load, because both lack its kernel.
#           Only the wasm build writes ERROR_CODE into the message of a refusal, so the message tells which one spoke.
# Seen:     alone, onnxruntime-web uses its wasm build. As soon as onnxruntime-node is loaded in the same process, before
#           or after it, InferenceSession of onnxruntime-web without options is the native engine. Nothing says so.
#           The two share onnxruntime-common and with it one list of engines, where the native one comes first.
# Expected: an engine that was imported by name is the one that runs.
# Matters:  a test that compares browser and server loads both and compares the native engine with itself: it passes,
#           whatever the wasm build does. A benchmark of the two measures one.
# Way out:  name the engine: { executionProviders: ['wasm'] } keeps the wasm build. Or a process for each.
set -euo pipefail
room=$(mktemp -d)
cd "$room"
trap 'rm -rf "$room"' EXIT
python3 -m venv env && env/bin/pip install -q numpy==2.4.6 protobuf==7.36.2 onnx==1.23.2
npm install --prefix . --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnxruntime-web@1.30.0

env/bin/python - <<'PY'
import onnx
model = onnx.parser.parse_model("""
<ir_version: 9, opset_import: ["" : 22]>
g (float[1,1,4,4] x, float[1,4] rois, int64[1] batch) => (float[1,1,1,1] y) {
  y = RoiAlign<output_height = 1, output_width = 1>(x, rois, batch)
}""")
onnx.checker.check_model(model, full_check=True)
onnx.save(model, "model.onnx")
PY

cat > which.cjs <<'JS'
const [loaded, engine] = process.argv.slice(2);
for (const name of loaded.split(',')) require(`onnxruntime-${name}`);
const web = require('onnxruntime-web');
web.env.wasm.numThreads = 1;
const options = { logSeverityLevel: 4, ...(engine && { executionProviders: [engine] }) };
web.InferenceSession.create(new Uint8Array(require('node:fs').readFileSync('model.onnx')), options).then(
  () => console.log('both engines learned RoiAlign at opset 22: choose another model'),
  ({ message }) => {
    const spoke = message.includes('ERROR_CODE: 9') ? 'wasm' : message.includes('RoiAlign(22)') ? 'native' : message;
    console.log(`loaded ${loaded}; asked for ${engine ?? 'no engine by name'}: onnxruntime-web is ${spoke}`);
  },
);
JS

for asked in web node,web web,node 'node,web wasm' 'web,node wasm'; do
  node which.cjs $asked
done | tee heard
diff heard - <<'END'
loaded web; asked for no engine by name: onnxruntime-web is wasm
loaded node,web; asked for no engine by name: onnxruntime-web is native
loaded web,node; asked for no engine by name: onnxruntime-web is native
loaded node,web; asked for wasm: onnxruntime-web is wasm
loaded web,node; asked for wasm: onnxruntime-web is wasm
END
echo 'unchanged: beside onnxruntime-node, onnxruntime-web runs natively unless told otherwise'
