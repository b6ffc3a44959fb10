"""How much memory a computation holds at once: bytes of every storage its operations allocate, for as long as it lives.

The process's own figure says little on a CPU, where freed memory is not given back. Hooks on saved tensors see no end of a graph that
was never gone through: torch keeps what they packed.
"""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveBytes(TorchDispatchMode):
    """held: now; peak: the most there was at once. What was there before, weights for one, does not count."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0
        self.peak = 0
        self._alive: dict[int, weakref.ref[torch.UntypedStorage]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        given = {_place(each) for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)}
        for each in tree_leaves(result):
            if isinstance(each, Tensor) and _place(each) not in given:
                self._count(each.untyped_storage())
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        place, size = storage._cdata, storage.nbytes()
        if place in self._alive:
            return

        def freed(_: weakref.ref[torch.UntypedStorage]) -> None:
            del self._alive[place]
            self.held -= size

        self._alive[place] = weakref.ref(storage, freed)
        self.held += size
        self.peak = max(self.peak, self.held)


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata
