"""Temp-LoRA: an adapter trained on the text itself, chunk by chunk, each scored before it is trained on."""

from engine.methods.temp_lora.learning import learn

__all__ = ["learn"]
