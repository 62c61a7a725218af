#!/usr/bin/env bash
# onnxruntime-node 1.30.0 and onnxruntime-web 1.30.0 (npm), beside onnxruntime 1.30.0 (Python, CPU).
#
# Input:    one RoiAlign at opset 22, once in float32 and once in float16. onnx.checker passes both, also with full_check.
#           None of the three has a kernel for either; the same node loads in both types at opset 16.
# Seen:     the same fact in two sentences: "Could not find an implementation for RoiAlign(22)" for float32,
#           "Failed to find kernel for RoiAlign(22)" for float16.
#           Python raises the class NotImplemented for both, the wasm build writes ERROR_CODE: 9 before both.
#           Node gives a plain Error without a code, so that the sentence is all there is to go by.
# Expected: one sentence for one fact, and the code of the engine in every binding.
# Matters:  a service tells "a valid model this engine cannot run" from "a broken file". One that knows the common
#           sentence calls the float16 model broken, and sends its author to look for a fault that is not there.
# Way out:  in Node match both sentences. Or ask the Python package or the wasm build, where the code is the same.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT; cd "$place"
python3 -m venv env
env/bin/pip install -q onnxruntime==1.30.0 onnx==1.23.2 numpy==2.4.6 protobuf==7.36.2
npm install --prefix . --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnxruntime-web@1.30.0

cat > load.py <<'PY'
import onnx
import onnxruntime

for opset in (16, 22):
    for kind in ("float", "float16"):
        name = f"{kind}-{opset}"
        model = onnx.parser.parse_model(
            f'<ir_version: 9, opset_import: ["" : {opset}]>'
            f" g ({kind}[1,1,4,4] x, {kind}[1,4] rois, int64[1] batch) => ({kind}[1,1,1,1] y)"
            " { y = RoiAlign<output_height = 1, output_width = 1>(x, rois, batch) }"
        )
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, f"{name}.onnx")
        try:
            onnxruntime.InferenceSession(f"{name}.onnx")
            print("python", name, "loads")
        except Exception as error:
            print("python", name, type(error).__name__, "|", str(error).splitlines()[0].split("RoiAlign")[0])
PY

cat > load.cjs <<'JS'
const { readFileSync } = require('node:fs');
const binding = process.argv[2];
const ort = require(`onnxruntime-${binding}`);
if (binding === 'web') ort.env.wasm.numThreads = 1;
(async () => {
  for (const name of ['float-16', 'float16-16', 'float-22', 'float16-22']) {
    const bytes = new Uint8Array(readFileSync(`${name}.onnx`));
    const said = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 }).then(
      () => 'loads',
      (error) => `${error.name}, code ${error.code} | ${error.message.split('RoiAlign')[0]}`,
    );
    console.log(binding, name, said);
  }
})();
JS

(env/bin/python load.py; node load.cjs node; node load.cjs web) | sed 's/ *$//' | tee said
diff said - <<'END'
python float-16 loads
python float16-16 loads
python float-22 NotImplemented | [ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Could not find an implementation for
python float16-22 NotImplemented | [ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Failed to find kernel for
node float-16 loads
node float16-16 loads
node float-22 Error, code undefined | Could not find an implementation for
node float16-22 Error, code undefined | Failed to find kernel for
web float-16 loads
web float16-16 loads
web float-22 Error, code undefined | Can't create a session. ERROR_CODE: 9, ERROR_MESSAGE: Could not find an implementation for
web float16-22 Error, code undefined | Can't create a session. ERROR_CODE: 9, ERROR_MESSAGE: Failed to find kernel for
END
echo 'unchanged: two sentences for a missing kernel, and no code in Node'
