#!/usr/bin/env bash
# onnxruntime 1.30.0 (Python, CPU, one thread, x86-64), models made with onnx 1.23.2.
#
# Input:    sixteen rows of four numbers, once all in one call and once a row a call. One model is a LinearClassifier of
#           ai.onnx.ml, what exporters make of a logistic regression; the other the same weights as MatMul and Add.
# Seen:     MatMul and Add give each row the same bits, alone or among others. LinearClassifier does not, with any
#           post_transform: the last digits of a row depend on how many rows stand beside it. Labels are the same.
# Expected: both work row by row, so a row has one answer.
# Matters:  a server that puts rows of several callers into one call changes what each of them is answered, and whoever runs a
#           single call again to compare digests finds another one. That a graph has only operators by row is not enough.
# Way out:  compare with a tolerance, or batch only what was seen to give the same bits on this machine.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT; cd "$place"
python3 -m venv env
env/bin/pip install -q onnxruntime==1.30.0 onnx==1.23.2 numpy==2.4.6 protobuf==7.36.2

cat > rows.py <<'PY'
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(3)
weights, bias = rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=3).astype(np.float32)
rows = (3 * rng.normal(size=(16, 4))).astype(np.float32)
scores = helper.make_tensor_value_info("P", TensorProto.FLOAT, ["n", 3])


def session(nodes, outputs, initializers=()):
    given = helper.make_tensor_value_info("X", TensorProto.FLOAT, ["n", 4])
    graph = helper.make_graph(nodes, "g", [given], outputs, list(initializers))
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    model = helper.make_model(graph, opset_imports=sets, ir_version=8)
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def say(name, opened):
    together = opened.run(["P"], {"X": rows})[0]
    alone = np.concatenate([opened.run(["P"], {"X": row[None]})[0] for row in rows])
    print(name, "same bits" if np.array_equal(together, alone) else "other bits", bool(np.allclose(together, alone, atol=1e-5)))


for post in ("NONE", "SOFTMAX", "LOGISTIC"):
    node = helper.make_node(
        "LinearClassifier", ["X"], ["L", "P"], domain="ai.onnx.ml", post_transform=post, classlabels_ints=[0, 1, 2],
        coefficients=weights.flatten().tolist(), intercepts=bias.tolist(),
    )
    labels = helper.make_tensor_value_info("L", TensorProto.INT64, ["n"])
    say(f"LinearClassifier {post}", session([node], [labels, scores]))
nodes = [helper.make_node("MatMul", ["X", "W"], ["H"]), helper.make_node("Add", ["H", "b"], ["P"])]
named = [numpy_helper.from_array(weights.T.copy(), "W"), numpy_helper.from_array(bias, "b")]
say("MatMul and Add", session(nodes, [scores], named))
PY

env/bin/python rows.py | tee said
diff said - <<'END'
LinearClassifier NONE other bits True
LinearClassifier SOFTMAX other bits True
LinearClassifier LOGISTIC other bits True
MatMul and Add same bits True
END
