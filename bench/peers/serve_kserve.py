"""KServe's model server with one worker and a model over ONNX Runtime on one thread.

Run: serve_kserve.py PORT NAME=FILE …
"""

import logging
import sys
import uuid

import end_with_stdin  # noqa: F401
import onnxruntime
from kserve import InferOutput, InferResponse, Model, ModelServer
from kserve.utils.numpy_codec import from_np_dtype


class Onnx(Model):
    def __init__(self, name, path):
        super().__init__(name)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self.outputs = [output.name for output in self.session.get_outputs()]
        self.ready = True

    async def predict(self, payload, headers=None, response_headers=None):
        feed = {each.name: each.as_numpy() for each in payload.inputs}
        outputs = []
        for name, values in zip(self.outputs, self.session.run(None, feed)):
            output = InferOutput(name, list(values.shape), from_np_dtype(values.dtype))
            output.set_data_from_numpy(values, binary_data=False)
            outputs.append(output)
        return InferResponse(payload.id or str(uuid.uuid4()), self.name, outputs)


# A line for each call would be counted as its cost.
for name in ("kserve", "kserve.trace", "uvicorn.access"):
    logging.getLogger(name).disabled = True
models = [Onnx(*word.split("=", 1)) for word in sys.argv[2:]]
ModelServer(
    http_port=int(sys.argv[1]), workers=1, enable_grpc=False, enable_latency_logging=False
).start(models)
