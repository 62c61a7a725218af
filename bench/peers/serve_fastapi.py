"""The plainest server: FastAPI on uvicorn, JSON of the standard library, ONNX Runtime on one thread, in one process.

Run: serve_fastapi.py PORT NAME=FILE …
"""

import json
import sys

import end_with_stdin  # noqa: F401
import numpy
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
models = {
    name: onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    for name, path in (word.split("=", 1) for word in sys.argv[2:])
}
names = {name: [output.name for output in session.get_outputs()] for name, session in models.items()}
app = FastAPI()


@app.get("/ready")
async def ready():
    return {}


@app.post("/run/{model}")
async def run(model: str, request: Request):
    inputs = json.loads(await request.body())
    feed = {name: numpy.asarray(values, dtype=numpy.float32) for name, values in inputs.items()}
    outputs = models[model].run(None, feed)
    return JSONResponse({"outputs": {name: each.tolist() for name, each in zip(names[model], outputs)}})


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="error")
