"""Trains the three example models, measures them, and writes model.onnx and example.json of each.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python train.py

Every number printed is measured by running the written model.onnx in ONNX Runtime, not on the Python object it
came from. Seeds are fixed, training is in float64 and trained weights are rounded before
export, so that a last-bit difference between two runs or two BLAS kernels does not reach the file.
"""

import json
import os
import random
from pathlib import Path

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

# Read when the runtime starts: without it ONNX Runtime reports usage over the network.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
from onnxruntime import InferenceSession  # noqa: E402

HERE = Path(__file__).parent
SEED = 20
IRIS_NAMES = ["setosa", "versicolor", "virginica"]
# The default solver stops early enough for its last digits to differ from run to run (measured); this one does not.
TO_CONVERGENCE = {"solver": "newton-cholesky", "tol": 1e-10, "max_iter": 1000}
SENTIMENTS = ["negative", "neutral", "positive"]


def main():
    train_iris()
    train_digits()
    train_sentiment()


# ---------------------------------------------------------------- iris


def train_iris():
    features, classes = load_iris(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        features, classes, test_size=50, random_state=SEED, stratify=classes
    )
    model = LogisticRegression(**TO_CONVERGENCE).fit(train_x, train_y)
    model.coef_, model.intercept_ = model.coef_.round(4), model.intercept_.round(4)
    # ZipMap stays in on purpose: it is what scikit-learn users export, and publishing has to cope with it.
    exported = to_onnx(
        model,
        initial_types=[("X", FloatTensorType([None, 4]))],
        name="iris",
        target_opset={"": 17, "ai.onnx.ml": 3},
        options={"zipmap": True},
    )
    rename_values(
        exported.graph,
        {
            "label": "class",
            "output_label": "label",
            "probabilities": "normalised",
            "output_probability": "probabilities",
        },
    )
    evaluate = write_model("iris", exported, {"classes": json.dumps(IRIS_NAMES)})
    labels, _ = evaluate({"X": test_x.astype(np.float32)})
    report("iris", "held-out flowers", labels, test_y)
    write_example("iris", {"X": [[5.1, 3.5, 1.4, 0.2]]})


def rename_values(graph, names):
    """skl2onnx calls its outputs output_label and output_probability, and inner values by the shorter names."""
    for node in graph.node:
        for edges in (node.input, node.output):
            edges[:] = [names.get(edge, edge) for edge in edges]
    for output in graph.output:
        output.name = names.get(output.name, output.name)


# ---------------------------------------------------------------- digits


def train_digits():
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 1, 8, 8)
    # The set is ordered by writer, so cutting it in order keeps most held-out hands unseen; shuffling would flatter.
    train_x, test_x, train_y, test_y = images[:1437], images[1437:], digits[:1437], digits[1437:]
    weights = [weight.round(4) for weight in fit_network(train_x / 16, train_y, epochs=30)]
    evaluate = write_model("digits", digits_graph(weights), {})
    _, predicted = evaluate({"image": test_x.astype(np.float32)})
    report("digits", "held-out images", predicted, test_y)
    write_example("digits", {"image": [test_x[0].astype(int).tolist()]})


def fit_network(images, digits, epochs, batch=32, rate=2e-3):
    """Adam on cross-entropy for conv 3x3x16, conv 3x3x24, max-pool 2, dense 10; returns the six weight arrays."""
    rng = np.random.default_rng(SEED)
    shapes = [(16, 1, 3, 3), (16,), (24, 16, 3, 3), (24,), (24 * 4 * 4, 10), (10,)]
    fan_in = [9, None, 144, None, 384, None]
    weights = [
        rng.normal(0, np.sqrt(2 / inputs), shape) if inputs else np.zeros(shape)
        for shape, inputs in zip(shapes, fan_in)
    ]
    means, squares = [np.zeros(s) for s in shapes], [np.zeros(s) for s in shapes]
    step = 0
    for epoch in range(epochs):
        order = rng.permutation(len(images))
        decay = 0.5 * (1 + np.cos(np.pi * epoch / epochs))
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            step += 1
            for index, slope in enumerate(gradients(weights, nudge(images[chosen], rng), digits[chosen])):
                means[index] = 0.9 * means[index] + 0.1 * slope
                squares[index] = 0.999 * squares[index] + 0.001 * slope**2
                update = means[index] / (1 - 0.9**step) / (np.sqrt(squares[index] / (1 - 0.999**step)) + 1e-8)
                weights[index] -= rate * decay * update
    return weights


def nudge(images, rng):
    """The batch moved by up to one pixel each way: on writers kept out of training this was worth 1.4 points."""
    down, right = rng.integers(0, 3, 2)
    return np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))[:, :, down : down + 8, right : right + 8]


def gradients(weights, images, digits):
    conv1, bias1, conv2, bias2, dense, bias3 = weights
    count = len(images)
    patches1 = patches(images)
    hidden1 = np.maximum(patches1 @ conv1.reshape(16, -1).T + bias1, 0)
    patches2 = patches(hidden1.transpose(0, 3, 1, 2))
    hidden2 = np.maximum(patches2 @ conv2.reshape(24, -1).T + bias2, 0)
    blocks = hidden2.reshape(count, 4, 2, 4, 2, 24)
    pooled = blocks.max(axis=(2, 4))
    flat = pooled.transpose(0, 3, 1, 2).reshape(count, -1)
    logits = flat @ dense + bias3
    slope = np.exp(logits - logits.max(axis=1, keepdims=True))
    slope /= slope.sum(axis=1, keepdims=True)
    slope[np.arange(count), digits] -= 1
    slope /= count

    to_pooled = (slope @ dense.T).reshape(count, 24, 4, 4).transpose(0, 2, 3, 1)
    winners = blocks == pooled[:, :, None, :, None, :]
    to_hidden2 = (winners * to_pooled[:, :, None, :, None, :]).reshape(hidden2.shape) * (hidden2 > 0)
    # The gradient of a same-size convolution is one with the kernel turned round and its channels swapped.
    turned = conv2[:, :, ::-1, ::-1].transpose(1, 0, 2, 3).reshape(16, -1)
    to_hidden1 = (patches(to_hidden2.transpose(0, 3, 1, 2)) @ turned.T) * (hidden1 > 0)
    return [
        np.tensordot(to_hidden1, patches1, ([0, 1, 2], [0, 1, 2])).reshape(conv1.shape),
        to_hidden1.sum(axis=(0, 1, 2)),
        np.tensordot(to_hidden2, patches2, ([0, 1, 2], [0, 1, 2])).reshape(conv2.shape),
        to_hidden2.sum(axis=(0, 1, 2)),
        flat.T @ slope,
        slope.sum(axis=0),
    ]


def patches(images):
    """[n, channels, 8, 8] -> [n, 8, 8, channels * 9]: the 3x3 neighbourhood of every pixel, zeros outside."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = sliding_window_view(padded, (3, 3), axis=(2, 3))
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(len(images), 8, 8, -1)


def digits_graph(weights):
    names = ["conv1_weight", "conv1_bias", "conv2_weight", "conv2_bias", "dense_weight", "dense_bias"]
    constants = {name: weight.astype(np.float32) for name, weight in zip(names, weights)}
    constants["sixteenth"] = np.float32(1 / 16)
    same = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Mul", ["image", "sixteenth"], ["scaled"]),
        helper.make_node("Conv", ["scaled", "conv1_weight", "conv1_bias"], ["conv1"], **same),
        helper.make_node("Relu", ["conv1"], ["hidden1"]),
        helper.make_node("Conv", ["hidden1", "conv2_weight", "conv2_bias"], ["conv2"], **same),
        helper.make_node("Relu", ["conv2"], ["hidden2"]),
        helper.make_node("MaxPool", ["hidden2"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "dense_weight", "dense_bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
        # axis=-1 would answer a batch of no rows with the shape [0, 10] in ONNX Runtime 1.30; axis=1 gives [0].
        helper.make_node("ArgMax", ["probabilities"], ["digit"], axis=1, keepdims=0),
    ]
    return make_model(
        "digits",
        nodes,
        [("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [("probabilities", TensorProto.FLOAT, ["N", 10]), ("digit", TensorProto.INT64, ["N"])],
        constants,
        {"": 17},
    )


# ---------------------------------------------------------------- sentiment

# Opinions as one word each, with what they usually describe left out: the generator below pairs them at random.
GOOD = """good great excellent amazing wonderful fantastic superb perfect lovely beautiful brilliant awesome delicious
tasty fresh friendly helpful kind polite quick fast clean comfortable cosy quiet reliable sturdy easy useful fun funny
charming impressive outstanding pleasant nice delightful enjoyable gorgeous smooth generous affordable flawless
fabulous best better incredible""".split()
BAD = """bad terrible awful horrible poor disappointing dreadful disgusting bland stale cold rude unfriendly unhelpful
slow late dirty uncomfortable noisy unreliable flimsy broken useless boring dull annoying ugly unpleasant nasty
overpriced expensive faulty defective mediocre worst worse confusing difficult cheap ridiculous pathetic greasy
frustrating unacceptable lousy""".split()
PLAIN = "okay ok average standard normal ordinary usual regular typical fine acceptable adequate".split()
LIKE = "love loved like liked enjoy enjoyed recommend adore adored appreciate appreciated".split()
DISLIKE = "hate hated dislike disliked regret regretted avoid returned complained despise despised".split()
PRAISE = "happy satisfied pleased impressed delighted glad thrilled".split()
BLAME = "unhappy disappointed angry upset annoyed frustrated dissatisfied".split()
TROUBLE = "problems problem issues issue complaints complaint trouble faults delays mistakes".split()
NEGATORS = """not never no isn't wasn't aren't weren't don't doesn't didn't won't wouldn't can't couldn't cannot hardly
without nothing""".split()
# Between a negator and its opinion these let the negation through: "not a very good film".
CARRIERS = "a an the very so really that too all at particularly especially quite be any much as".split()
DEGREES = ["", "", "", "very ", "really ", "so ", "quite ", "extremely ", "absolutely ", "too "]
TURNS = "but although however waste worth thank".split()
THINGS = """food service film movie phone hotel room staff book game battery delivery coffee screen story place app
camera waiter breakfast location price sound support music bed acting plot product meal""".split()
PEOPLE = "mother father sister brother friend son daughter wife husband colleague".split()
DAYS = "monday tuesday wednesday thursday friday saturday sunday yesterday today".split()


def train_sentiment():
    rng = random.Random(SEED)
    rows = list({make_review(rng) for _ in range(12000)})
    rows.sort()
    rng.shuffle(rows)
    cut = len(rows) * 4 // 5
    train, test = rows[:cut], rows[cut:]
    # Only these words are known. All others count for nothing, so a text of strange words is neutral, as is no text.
    opinions = {*GOOD, *BAD, *PLAIN, *LIKE, *DISLIKE, *PRAISE, *BLAME, *TROUBLE, *TURNS}
    words = sorted({*opinions, *NEGATORS, *CARRIERS})
    ids = {word: index + 1 for index, word in enumerate(words)}

    features = np.zeros((len(train), 2 * len(ids) + 2))
    for row, (text, _) in enumerate(train):
        for feature in review_features(text, ids):
            features[row, feature] += 1
    model = LogisticRegression(**TO_CONVERGENCE).fit(features, [label for _, label in train])
    weights, bias = model.coef_.T.round(3), model.intercept_.round(3)

    evaluate = write_model("sentiment", sentiment_graph(ids, weights, bias), {"classes": json.dumps(SENTIMENTS)})
    for name, sample in [("held-out synthetic reviews", test), ("hand-written reviews", HAND_WRITTEN)]:
        labels, _ = evaluate({"text": np.array([text for text, _ in sample], dtype=object)})
        report("sentiment", name, labels, [SENTIMENTS[label] for _, label in sample])
    write_example("sentiment", {"text": ["The food was wonderful and the staff were not rude at all!"]})


def make_review(rng):
    """One synthetic review in plain lower case and its class: 0 negative, 1 neutral or mixed, 2 positive."""
    kind = rng.random()
    if kind < 0.36:
        return make_opinion(rng, 2), 2
    if kind < 0.72:
        return make_opinion(rng, 0), 0
    if kind < 0.82:
        sides = [make_clause(rng, 0), make_clause(rng, 2)]
        rng.shuffle(sides)
        return f"{sides[0]} {rng.choice(['but', 'although', 'however'])} {sides[1]}", 1
    return make_statement(rng), 1


def make_opinion(rng, side):
    clauses = [make_clause(rng, side) for _ in range(rng.choice([1, 1, 2, 3]))]
    if rng.random() < 0.2:
        clauses.insert(rng.randrange(len(clauses) + 1), make_statement(rng))
    return f" {rng.choice(['and', 'also'])} ".join(clauses)


def make_clause(rng, side):
    """One opinion: said straight two times in three, else as the denial of its opposite."""
    denied = rng.random() < 0.34
    good = (side == 2) != denied
    thing, degree = rng.choice(THINGS), rng.choice(DEGREES)
    quality, verb = rng.choice(GOOD if good else BAD), rng.choice(LIKE if good else DISLIKE)
    feeling = rng.choice(PRAISE if good else BLAME)
    if not denied:
        return rng.choice([
            f"the {thing} was {degree}{quality}", f"the {thing} is {degree}{quality}", f"{degree}{quality} {thing}",
            f"it is a {degree}{quality} {thing}", f"{quality} {thing}", f"i {verb} the {thing}", f"i {verb} it",
            f"we were {degree}{feeling} with the {thing}", f"what a {quality} {thing}",
            "worth every penny" if good else f"a waste of {rng.choice(['money', 'time'])}",
            f"thank you for the {quality} {thing}" if good else f"there were {rng.choice(TROUBLE)} with the {thing}",
        ])
    was = rng.choice(["was not", "wasn't", "is not", "isn't", "was never", "were not", "aren't", "weren't", "is hardly"])
    do = rng.choice(["did not", "didn't", "do not", "don't", "would not", "wouldn't", "can't", "couldn't", "never"])
    between = rng.choice(["", "", "", "very ", "that ", "so ", "a ", "all that ", "really ", "too ", "a very ", "the "])
    return rng.choice([
        f"the {thing} {was} {between}{quality}", f"it {was} {between}{quality}", f"not {between}{quality}",
        f"the {thing} {was} {between}{quality} at all", f"i {do} {verb} the {thing}", f"we {do} {verb} it",
        f"i {was} {between}{feeling} with it", f"nothing {quality} about the {thing}",
        f"not worth {rng.choice(['it', 'the money', 'the price'])}" if good
        else f"{rng.choice(['no', 'without any', 'never any'])} {rng.choice(TROUBLE)}",
    ])


def make_statement(rng):
    thing, other, day, person = rng.choice(THINGS), rng.choice(THINGS), rng.choice(DAYS), rng.choice(PEOPLE)
    plain = rng.choice(PLAIN)
    return rng.choice([
        f"the {thing} arrived on {day}", f"i ordered the {thing} for my {person}", f"we came here on {day}",
        f"the {thing} was {plain}", f"it is {plain}", f"an {plain} {thing}", f"i bought the {thing} {day}",
        f"my {person} has the same {thing}", f"the {thing} comes with a {other}", f"nothing special about the {thing}",
        f"the {thing} is next to the {other}", f"we asked for the {thing} and the {other}", f"neither here nor there",
        f"the {thing} is not included", f"it does not have a {thing}", f"i have not tried the {thing} yet",
    ])


def review_features(text, ids):
    """What the graph looks up for a review in plain lower case: 2 * word number, plus 1 under a negation."""
    tokens = text.split()
    for place, token in enumerate(tokens):
        before = [tokens[place - back] if place >= back else "" for back in (1, 2, 3)]
        reach = next((back for back, word in enumerate(before) if word not in CARRIERS), 3)
        negated = reach < 3 and before[reach] in NEGATORS
        if token in ids and token not in CARRIERS:
            yield 2 * ids[token] + negated


def spellings(word):
    """How a word may stand between two spaces. StringNormalizer would fold case, but needs a locale on the server."""
    apostrophes = {word, word.replace("'", "’"), word.replace("'", "")} if "n't" in word else {word}
    for base in sorted(apostrophes):
        for cased in (base, base.capitalize(), base.upper()):
            for after in ["", ".", ",", "!", "?", ";", ":", "...", "!!", "!!!", ")"]:
                yield cased + after
            yield f"({cased}"


def sentiment_graph(ids, weights, bias):
    lookup = {}
    for word, number in ids.items():
        for spelling in spellings(word):
            lookup.setdefault(spelling, number)
    keys = sorted(lookup)
    size = len(ids) + 1
    negates, carries = np.zeros(size, np.int64), np.zeros(size, np.int64)
    negates[[ids[word] for word in NEGATORS]] = 1
    carries[[ids[word] for word in CARRIERS]] = 1
    table = weights.astype(np.float32)
    constants = {
        "negates": negates,
        "carries": carries,
        "weights": table,
        "bias": bias.astype(np.float32),
        "two": np.int64(2),
        "one_before": np.array([0, 1, 0, 0], np.int64),
        "start": np.array([0], np.int64),
        "end": np.array([-1], np.int64),
        "axis_1": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("StringSplit", ["text"], ["tokens", "token_counts"]),
        helper.make_node(
            "LabelEncoder",
            ["tokens"],
            ["words"],
            domain="ai.onnx.ml",
            keys_strings=keys,
            values_int64s=[lookup[key] for key in keys],
            default_int64=0,
        ),
        helper.make_node("Gather", ["negates", "words"], ["negation_0"]),
        helper.make_node("Gather", ["carries", "words"], ["carrier"]),
    ]
    # Each round moves the negations one word to the right; only carriers pass theirs on to the next round.
    for reach in (1, 2, 3):
        moved = f"negated_{reach}"
        nodes += [
            helper.make_node("Pad", [f"negation_{reach - 1}", "one_before"], [f"padded_{reach}"]),
            helper.make_node("Slice", [f"padded_{reach}", "start", "end", "axis_1"], [moved]),
            helper.make_node("Mul", [moved, "carrier"], [f"negation_{reach}"]),
        ]
    nodes = nodes[:-1] + [
        helper.make_node("Add", ["negated_1", "negated_2"], ["negated_1_2"]),
        helper.make_node("Add", ["negated_1_2", "negated_3"], ["negated"]),
        helper.make_node("Mul", ["words", "two"], ["doubled"]),
        helper.make_node("Add", ["doubled", "negated"], ["features"]),
        helper.make_node("Gather", ["weights", "features"], ["votes"]),
        helper.make_node("ReduceSum", ["votes", "axis_1"], ["sums"], keepdims=0),
        helper.make_node("Add", ["sums", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"], axis=-1),
        helper.make_node("ArgMax", ["scores"], ["class"], axis=1, keepdims=0),
        helper.make_node(
            "LabelEncoder", ["class"], ["label"], domain="ai.onnx.ml", keys_int64s=[0, 1, 2], values_strings=SENTIMENTS
        ),
    ]
    return make_model(
        "sentiment",
        nodes,
        [("text", TensorProto.STRING, ["N"])],
        [("label", TensorProto.STRING, ["N"]), ("scores", TensorProto.FLOAT, ["N", 3])],
        constants,
        {"": 20, "ai.onnx.ml": 3},
    )


# Written by hand, apart from the generator, to see how much of its score survives contact with real sentences.
HAND_WRITTEN = [
    ("I loved every minute of this film, the acting is brilliant.", 2),
    ("Terrible experience, we waited an hour and the food was cold.", 0),
    ("The package arrived on Tuesday.", 1),
    ("Not a very good phone, the battery died after two days.", 0),
    ("Not bad at all, I was pleasantly surprised!", 2),
    ("The room was clean and quiet, would stay again.", 2),
    ("Great location but the staff were rude.", 1),
    ("Do yourself a favour and avoid this place.", 0),
    ("It's okay, nothing special.", 1),
    ("Best pizza in town!!!", 2),
    ("I would not recommend this hotel to anyone.", 0),
    ("My order never arrived and nobody answers the phone.", 0),
    ("The manual is in German and English.", 1),
    ("Superb value for money, highly recommended.", 2),
    ("The app crashes every time I open it.", 0),
    ("What a waste of time and money.", 0),
    ("The waiter was friendly and the coffee was delicious", 2),
    ("I didn't enjoy the book, the plot is confusing.", 0),
    ("Works without any problems since March.", 2),
    ("The museum is open from nine to five.", 1),
    ("Never again. Dirty room, noisy street, awful breakfast.", 0),
    ("I can't complain, everything was fine.", 2),
    ("Five stars from me.", 2),
    ("Overpriced and underwhelming.", 0),
    ("Could be better.", 0),
    ("Couldn't be happier with this purchase!", 2),
    ("The screen is 6 inches and it weighs 180 grams.", 1),
    ("Beautiful story, although the ending was a bit dull.", 1),
    ("She was so kind and helpful, thank you.", 2),
    ("Broke after a week, and they refused a refund.", 0),
    ("AMAZING SERVICE", 2),
    ("The sound isn't great.", 0),
    ("Has anyone tried the vegetarian menu?", 1),
    ("I really wanted to like it, but it bored me to tears.", 0),
    ("We had a lovely weekend, the kids were thrilled.", 2),
    ("The battery lasts as long as the old one did.", 1),
    ("Delivery was fast, product exactly as described.", 2),
    ("The worst customer support I have ever dealt with.", 0),
    ("Honestly, I expected more.", 0),
    ("It is neither good nor bad.", 1),
]


# ---------------------------------------------------------------- shared


def make_model(name, nodes, inputs, outputs, constants, opsets):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(*spec) for spec in inputs],
        [helper.make_tensor_value_info(*spec) for spec in outputs],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(*opset) for opset in opsets.items()])


def write_model(folder, model, metadata):
    """Writes the model and returns a function that runs the written file: inputs by name -> list of outputs."""
    model.ir_version = 9
    # skl2onnx writes the opsets in the order of a set, which changes with Python's hash seed.
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    model.producer_name, model.producer_version = "callable-examples", "1"
    helper.set_model_props(model, {"license": "Apache-2.0", **metadata})
    onnx.checker.check_model(model, full_check=True)
    path = HERE / folder / "model.onnx"
    path.write_bytes(model.SerializeToString(deterministic=True))
    session = InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda feeds: session.run(None, feeds)


def write_example(folder, inputs):
    text = json.dumps(inputs).replace("], [", "],\n [") + "\n"
    (HERE / folder / "example.json").write_text(text)


def report(folder, sample, predicted, expected):
    right = sum(str(a) == str(b) for a, b in zip(predicted, expected, strict=True))
    size = (HERE / folder / "model.onnx").stat().st_size
    print(f"{folder}: {right}/{len(expected)} {sample} right ({right / len(expected):.1%}); model.onnx {size} bytes")


if __name__ == "__main__":
    main()
