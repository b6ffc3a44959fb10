"""A GGUF file with the same metadata and its tensors de-quantised: what is left between two engines then is not quantisation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, LlamaFileType, dequantize

KINDS = {
    "F32": (GGMLQuantizationType.F32, LlamaFileType.ALL_F32, np.float32),
    "F16": (GGMLQuantizationType.F16, LlamaFileType.MOSTLY_F16, np.float16),
}
FILE_TYPE = "general.file_type"


def dequantised_gguf(source: Path, target: Path, kind: str) -> Path:
    """Write `target` with matrices as F32 or F16 (vectors stay F32, as llama.cpp wants them); nothing where it stands already."""
    if target.is_file():
        return target
    matrix_type, file_type, matrix_dtype = KINDS[kind]
    reader = GGUFReader(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    writer = GGUFWriter(part, bytes(reader.fields["general.architecture"].parts[-1]).decode())
    for field in reader.fields.values():
        if field.name != "general.architecture" and not field.name.startswith("GGUF."):
            value = int(file_type) if field.name == FILE_TYPE else field.contents()
            inner = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, value, field.types[0], sub_type=inner)
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        if values.ndim > 1:
            writer.add_tensor(tensor.name, values.astype(matrix_dtype), raw_dtype=matrix_type)
        else:
            writer.add_tensor(tensor.name, values.astype(np.float32), raw_dtype=GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.replace(target)
    return target
