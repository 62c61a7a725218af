#!/usr/bin/env bash
# onnxruntime-node 1.30.0 and onnxruntime-web 1.30.0 (npm), beside onnxruntime 1.30.0 (Python).
#
# Input:    string tensors whose texts hold U+0000, a character of UTF-8 like others, here the separator in keys made
#           of several parts. Three models: Identity, Equal of two inputs, and a choice from a constant in the file.
# Seen:     Python (arrays of dtype object) keeps the whole text everywhere. Node and the wasm build hand the engine only
#           what stands before U+0000: Identity gives "blue" for two different keys, and Equal calls them equal.
#           On the way out they part: a constant in the file comes whole from Node, and cut from the wasm build.
#           Python too cuts when the same texts come in a numpy array of dtype U.
# Expected: a string tensor with a length of its own keeps what it was given, or the call is refused.
# Matters:  a lookup (LabelEncoder, CategoryMapper, a vocabulary) would find another row than in training, for two
#           keys at once. No error, no warning.
# Way out:  use a printable separator, or escape U+0000 before feeds are made. In Python give dtype object.
set -euo pipefail
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv env
env/bin/pip install -q numpy==2.4.6 onnx==1.23.2 onnxruntime==1.30.0 protobuf==7.36.2
npm install --prefix . --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnxruntime-web@1.30.0

cat > python.py <<'PY'
import json
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

keys = ["blue\0sky", "blue\0sea"]
text, flags, rows = TensorProto.STRING, TensorProto.BOOL, TensorProto.INT64
value = helper.make_tensor_value_info
stored = helper.make_tensor("keys", text, [2], [key.encode() for key in keys])
x, other, pick = value("x", text, [2]), value("other", text, [2]), value("pick", rows, [2])
parts = {
    "identity": ("Identity", [x], value("y", text, [2]), []),
    "equal": ("Equal", [x, other], value("y", flags, [2]), []),
    "constant": ("Gather", [pick], value("y", text, [2]), [stored]),
}
feeds = {"x": np.array(keys, object), "other": np.array(keys[::-1], object), "pick": np.array([0, 1])}
for name, (operator, inputs, output, constants) in parts.items():
    taken = [entry.name for entry in constants + inputs]
    graph = helper.make_graph([helper.make_node(operator, taken, ["y"])], name, inputs, [output], constants)
    model = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 19)])
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, f"{name}.onnx")
    session = onnxruntime.InferenceSession(f"{name}.onnx")
    answer = session.run(None, {entry.name: feeds[entry.name] for entry in inputs})[0]
    print("python", name, json.dumps(answer.tolist(), separators=(",", ":")))
narrow = onnxruntime.InferenceSession("identity.onnx").run(None, {"x": np.array(keys)})[0]
print("python identity, dtype U", json.dumps(narrow.tolist(), separators=(",", ":")))
PY

cat > javascript.cjs <<'JS'
const { readFileSync } = require('node:fs');
const binding = process.argv[2];
const ort = require(`onnxruntime-${binding}`);
if (binding === 'web') ort.env.wasm.numThreads = 1;
const keys = ['blue\0sky', 'blue\0sea'];
const x = new ort.Tensor('string', keys, [2]);
const other = new ort.Tensor('string', keys.toReversed(), [2]);
const pick = new ort.Tensor('int64', [0n, 1n], [2]);
(async () => {
  for (const [name, feeds] of Object.entries({ identity: { x }, equal: { x, other }, constant: { pick } })) {
    const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(`${name}.onnx`)));
    const { y } = await session.run(feeds);
    console.log(binding, name, JSON.stringify(y.type === 'bool' ? Array.from(y.data, Boolean) : y.data));
  }
})();
JS

for command in 'env/bin/python python.py' 'node javascript.cjs node' 'node javascript.cjs web'; do $command; done | tee answers
diff answers - <<'END'
python identity ["blue\u0000sky","blue\u0000sea"]
python equal [false,false]
python constant ["blue\u0000sky","blue\u0000sea"]
python identity, dtype U ["blue","blue"]
node identity ["blue","blue"]
node equal [true,true]
node constant ["blue\u0000sky","blue\u0000sea"]
web identity ["blue","blue"]
web equal [true,true]
web constant ["blue","blue"]
END
echo 'unchanged: both JavaScript packages cut a text at U+0000 on its way in'
