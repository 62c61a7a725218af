#!/usr/bin/env bash
# kserve 0.21.0 (PyPI), the model server for Python.
#
# Input:    an Open Inference Protocol request to a custom model that answers with the id of its request, once with the
#           optional member "id", once without it.
# Seen:     with an id the answer is 200 and says the id. Without one the model has run, and the caller gets 500: the
#           response holds null where the server's own schema wants a text.
# Expected: "id" is optional in requests and responses of the protocol; without it the answer has none.
# Matters:  clients that send no id (curl, most JSON clients) find a model broken that answers others. It looks like a
#           fault of the model.
# Way out:  answer with an id of one's own where the request has none.
set -euo pipefail
tmp=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$tmp"' EXIT
cd "$tmp"
server=
python3 -m venv env
env/bin/pip install -q kserve==0.21.0
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

cat > serve.py <<'PY'
import sys

from kserve import InferOutput, InferResponse, Model, ModelServer


class Double(Model):
    def __init__(self):
        super().__init__("double")
        self.ready = True

    async def predict(self, payload, headers=None, response_headers=None):
        output = InferOutput("y", [1], "INT64", [2 * payload.inputs[0].data[0]])
        return InferResponse(payload.id, self.name, [output])


ModelServer(http_port=int(sys.argv[1]), workers=1, enable_grpc=False).start([Double()])
PY
env/bin/python serve.py "$port" >log 2>&1 &
server=$!
url=http://127.0.0.1:$port/v2/models/double
for _ in $(seq 120); do curl -sf "$url/ready" >/dev/null && break; kill -0 "$server"; sleep 0.5; done

ask() { curl -s -o answer -w '%{http_code}\n' -H 'content-type: application/json' -d "$1" "$url/infer"; }
tensor='"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[21]}]'
{
  printf 'with an id: '; ask "{\"id\":\"seven\",$tensor}"
  grep -o '"id":"[a-z]*"' answer
  printf 'without: '; ask "{$tensor}"
  grep -o 'Input should be a valid string' answer | head -1
} >seen
cat >expected <<'TXT'
with an id: 200
"id":"seven"
without: 500
Input should be a valid string
TXT
cat seen
diff expected seen
