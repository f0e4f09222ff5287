"""Laws of the one thread of BLAS: whichever thread opens a block, it holds, and what was before comes back."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy  # noqa: F401  its BLAS is looked at
import pytest
from threadpoolctl import ThreadpoolController

from logwidth.compute.threads import one_thread_each


def blas():
    """Return how many threads each library of BLAS uses, of NumPy's at least: it is loaded with NumPy."""
    found = ThreadpoolController().select(user_api="blas").info()
    assert found
    return {library["filepath"]: library["num_threads"] for library in found}


@pytest.fixture
def two():
    limit = ThreadpoolController().limit(limits=2, user_api="blas")
    yield blas()
    limit.restore_original_limits()


def test_a_block_holds_in_a_thread_after_one_of_the_main_thread(two):
    with one_thread_each():
        assert set(blas().values()) == {1}
    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            assert set(pool.submit(_inside).result().values()) == {1}
    assert blas() == two
    with one_thread_each():
        assert set(blas().values()) == {1}
    assert blas() == two


def test_the_last_block_to_end_gives_back_what_was_before_in_whichever_thread(two):
    blocks = ExitStack()
    with ThreadPoolExecutor(1) as pool:
        with one_thread_each():
            pool.submit(blocks.enter_context, one_thread_each()).result()
        assert set(blas().values()) == {1}
        pool.submit(blocks.close).result()
        assert blas() == two


def _inside():
    with one_thread_each():
        return blas()
