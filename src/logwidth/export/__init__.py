"""Bytes and files: ONNX, run directories."""

from logwidth.export.onnx_chain import check_storable, to_onnx
from logwidth.export.run_directory import check_writable, write_file, write_run

__all__ = ["check_storable", "check_writable", "to_onnx", "write_file", "write_run"]
