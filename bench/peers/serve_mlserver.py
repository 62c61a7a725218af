"""MLServer with one process and a runtime over ONNX Runtime on one thread.

Run: serve_mlserver.py PORT NAME=FILE …
"""

import asyncio
import sys

import end_with_stdin  # noqa: F401
import onnxruntime
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.settings import ModelParameters
from mlserver.types import InferenceResponse


class Onnx(MLModel):
    async def load(self) -> bool:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        path = self.settings.parameters.uri
        self.session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self.names = [output.name for output in self.session.get_outputs()]
        return True

    async def predict(self, payload):
        feed = {each.name: NumpyCodec.decode_input(each) for each in payload.inputs}
        outputs = self.session.run(None, feed)
        named = [NumpyCodec.encode_output(name, each) for name, each in zip(self.names, outputs)]
        return InferenceResponse(model_name=self.name, outputs=named)


async def main():
    port = int(sys.argv[1])
    settings = Settings(
        host="127.0.0.1", http_port=port, grpc_port=port + 1, metrics_endpoint=None, parallel_workers=0, debug=False,
        load_models_at_startup=True, logging_settings={"version": 1, "root": {"level": "ERROR"}},
    )
    models = [
        ModelSettings(name=name, implementation=Onnx, parameters=ModelParameters(uri=path))
        for name, path in (word.split("=", 1) for word in sys.argv[2:])
    ]
    await MLServer(settings).start(models)


asyncio.run(main())
