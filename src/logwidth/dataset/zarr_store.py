"""Old names of what is now in `logwidth.dataset.readers.zarr_store`."""

from logwidth.dataset.readers.zarr_store import read_zarr

__all__ = ["read_zarr"]
