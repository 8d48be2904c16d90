"""A VITS model of a few nodes, as sherpa-onnx wants one: every sign is a hum that swells and fades. No human voice.

It is made with the `onnx` package, which is no dependency: where that is missing, the tests that need it are skipped.
"""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper

RATE = 16_000
LETTERS = "您想借的三体已经为预约好了请等通知一本书两在东莞村个图馆都有这可以给"
NOTES = {
    "model_type": "vits", "comment": "tiny", "language": "Chinese", "add_blank": "0", "n_speakers": "1",
    "sample_rate": str(RATE), "punctuation": ", . ! ?", "jieba": "0",
    "blank_id": "0", "bos_id": "0", "eos_id": "0", "use_eos_bos": "0", "pad_id": "0",
}  # fmt: skip


def write(folder: Path, notes: dict[str, str] = NOTES) -> Path:
    """The model, its tokens and its lexicon in `folder`."""
    (folder / "tokens.txt").write_text(
        f"_ 0\n~ {len(LETTERS) + 1}\n" + "".join(f"t{at} {at}\n" for at, _ in enumerate(LETTERS, 1))
    )
    (folder / "lexicon.txt").write_text("".join(f"{one} t{at} ~\n" for at, one in enumerate(LETTERS, 1)))
    number, real = TensorProto.INT64, TensorProto.FLOAT
    constants = [
        helper.make_tensor("per_token", real, [], [RATE * 0.1]),
        helper.make_tensor("first", number, [], [0]),
        helper.make_tensor("one", number, [], [1]),
        helper.make_tensor("turn", real, [], [0.1]),
        helper.make_tensor("loud", real, [], [0.5]),
        helper.make_tensor("swell", real, [], [0.002]),
        helper.make_tensor("axes", number, [2], [0, 1]),
        helper.make_tensor("shape", number, [0], []),
    ]
    nodes = [
        helper.make_node("Reshape", ["x_length", "shape"], ["count"]),
        helper.make_node("Reshape", ["length_scale", "shape"], ["slowness"]),
        helper.make_node("Cast", ["count"], ["tokens"], to=real),
        helper.make_node("Mul", ["tokens", "per_token"], ["long"]),
        helper.make_node("Mul", ["long", "slowness"], ["length"]),
        helper.make_node("Cast", ["length"], ["samples"], to=number),
        helper.make_node("Range", ["first", "samples", "one"], ["places"]),
        helper.make_node("Cast", ["places"], ["times"], to=real),
        helper.make_node("Mul", ["times", "turn"], ["angle"]),
        helper.make_node("Sin", ["angle"], ["wave"]),
        helper.make_node("Mul", ["times", "swell"], ["slow"]),
        helper.make_node("Sin", ["slow"], ["swelling"]),
        helper.make_node("Mul", ["wave", "swelling"], ["swollen"]),
        helper.make_node("Mul", ["swollen", "loud"], ["hum"]),
        helper.make_node("Unsqueeze", ["hum", "axes"], ["y"]),
    ]
    inputs = [
        helper.make_tensor_value_info("x", number, [1, "N"]),
        helper.make_tensor_value_info("x_length", number, [1]),
        *(helper.make_tensor_value_info(name, real, [1]) for name in ("noise_scale", "length_scale", "noise_scale_w")),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, [helper.make_tensor_value_info("y", real, [1, 1, "T"])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, notes)
    onnx.save(model, str(folder / "model.onnx"))
    return folder
