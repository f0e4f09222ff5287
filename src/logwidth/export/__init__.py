"""Bytes and files: ONNX, run directories."""

from logwidth.export.onnx_chain import to_onnx

__all__ = ["to_onnx"]
