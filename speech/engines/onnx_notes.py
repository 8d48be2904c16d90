"""What an onnx model says of itself, read before sherpa-onnx sees the file: that ends the process on a wrong one."""

from __future__ import annotations

from pathlib import Path

import onnxruntime


def notes(model: Path) -> dict[str, str]:
    """The model's own notes. Raises ValueError, with the reason, for a file that is no model."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises nothing more precise
        raise ValueError(f"{model} is damaged: it cannot be loaded ({type(error).__name__})") from error
    return dict(session.get_modelmeta().custom_metadata_map)
