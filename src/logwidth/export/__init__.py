"""Bytes, files and modules: ONNX, run directories, PyTorch."""

from logwidth.export.exact_network import exact_network_file
from logwidth.export.onnx_chain import check_storable, fused_to_onnx, to_onnx
from logwidth.export.run_directory import check_file, check_writable, write_file, write_run
from logwidth.export.torch_module import from_torch, to_torch

__all__ = [
    "check_file",
    "check_storable",
    "check_writable",
    "exact_network_file",
    "from_torch",
    "fused_to_onnx",
    "to_onnx",
    "to_torch",
    "write_file",
    "write_run",
]
