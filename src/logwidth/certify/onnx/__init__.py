"""Strict readers of ONNX files: what they do not know they refuse."""
