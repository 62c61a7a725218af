"""Prints every operator schema of the official onnx package as JSON, for write-tables.mjs.

Needs Python with the pinned package and nothing else: pip install onnx==1.23.2
"""

import json
import re

import onnx
from onnx import defs

PINNED = "1.23.2"
DOMAINS = {"": "ai.onnx", "ai.onnx.ml": "ai.onnx.ml"}

# Steps whose texts differ though what both versions accept means the same. Each was read by hand; a step that is not
# here and differs in more than its element types counts as a change of meaning.
REVIEWED = {
    ("Squeeze", 23): "the text says that axes have one dimension, which they had",
    ("Unsqueeze", 23): "the text says that axes have one dimension, which they had",
    ("QuantizeLinear", 24): "a missing space in the text",
    ("QuantizeLinear", 25): "the text lists the ranges of the new element types",
    ("QuantizeLinear", 28): "the text says that saturate means nothing for the new element types",
    ("Transpose", 25): "the text says that a permutation stays within the rank",
    ("Mod", 28): "more pairs of type and fmod are allowed, which fail before; the pairs of before give the same numbers",
}

# Steps that are a change only for a node with the new attribute: its default is what was before.
UNLESS = {("SpaceToDepth", 28): "mode", ("Range", 27): "stash_type"}


def text(words):
    return re.sub(r"\s+", " ", words or "").strip()


def attributes(schema):
    return {
        name: (str(each.type), each.required, each.default_value.SerializeToString().hex(), text(each.description))
        for name, each in schema.attributes.items()
    }


def parameters(listed):
    return [(each.name, each.type_str, str(each.option), each.is_homogeneous, text(each.description)) for each in listed]


def meaning(schema):
    """All of a schema but which element types it allows and whether it is also written as a function."""
    return (
        attributes(schema),
        parameters(schema.inputs),
        parameters(schema.outputs),
        text(schema.doc),
        schema.deprecated,
        sorted(constraint.type_param_str for constraint in schema.type_constraints),
    )


def option(parameter):
    return str(parameter.option).rsplit(".", 1)[-1]


def described(schema, before):
    step = (schema.name, schema.since_version)
    same = before is not None and (meaning(before) == meaning(schema) or step in REVIEWED)
    return {
        "domain": DOMAINS[schema.domain],
        "op": schema.name,
        "since": schema.since_version,
        "deprecated": schema.deprecated,
        "same": same,
        "unless": UNLESS.get(step),
        "inputs": [{"name": each.name, "type": each.type_str, "option": option(each)} for each in schema.inputs],
        "outputs": [{"name": each.name, "type": each.type_str, "option": option(each)} for each in schema.outputs],
        "least": {"inputs": schema.min_input, "outputs": schema.min_output},
        "attributes": [
            {"name": name, "type": str(each.type).rsplit(".", 1)[-1], "required": each.required}
            for name, each in schema.attributes.items()
        ],
        "types": {each.type_param_str: sorted(each.allowed_type_strs) for each in schema.type_constraints},
    }


def main():
    if onnx.__version__ != PINNED:
        raise SystemExit(f"The tables are made from onnx {PINNED}, this is {onnx.__version__}.")
    by_name = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain in DOMAINS:
            by_name.setdefault((schema.domain, schema.name), []).append(schema)
    rows = []
    for key in sorted(by_name):
        before = None
        for schema in sorted(by_name[key], key=lambda each: each.since_version):
            rows.append(described(schema, before))
            before = schema
    newest = {DOMAINS[domain]: max(row["since"] for row in rows if row["domain"] == DOMAINS[domain]) for domain in DOMAINS}
    newest["ai.onnx"] = defs.onnx_opset_version()
    print(json.dumps({"onnx": PINNED, "ir": int(onnx.IR_VERSION), "newest": newest, "schemas": rows}))


main()
