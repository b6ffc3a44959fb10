"""Which of the two engines a model is loaded into: a rule over numbers. Knows no engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Engines:
    pytorch: bool
    llama: bool


def choose_engines(
    *, pytorch_bytes: int, llama_bytes: int, free_bytes: int, graphics_bytes: int | None, insists: bool
) -> Engines:
    """Both where both fit; else PyTorch, which can do everything; else llama.cpp alone.

    pytorch_bytes, llama_bytes: what each would take, 0 for what is loaded already. free_bytes: of the computer's memory;
    graphics_bytes: free where PyTorch's part goes to a graphics card. insists: llama.cpp is asked for by name.
    Where nothing fits it is PyTorch, or what is insisted on: loading it says what is needed and what is free.
    """
    pytorch_fits = pytorch_bytes <= (free_bytes if graphics_bytes is None else graphics_bytes)
    left = free_bytes - (pytorch_bytes if graphics_bytes is None else 0)
    if pytorch_fits and llama_bytes <= left:
        return Engines(pytorch=True, llama=True)
    if insists:
        return Engines(pytorch=pytorch_bytes == 0, llama=True)
    alone = not pytorch_fits and llama_bytes <= free_bytes
    return Engines(pytorch=not alone, llama=alone)
