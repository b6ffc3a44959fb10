"""Every sentence that engine, storage and operations can say to the user, with numbered gaps.

Written by packaging/write_sentence_catalogue.py. Knows words only; `app.desktop.sentences` uses them.
"""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

_SAID = (
    # engine/adapter.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot use adapters.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This document's adapter is not on the disk any more; learn the document again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This document's adapter is damaged; learn the document again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This memory was learned with {0}, another model than {1}; learn the document again.",
    ),
    # engine/api.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Not found in the text.",
    ),
    # engine/asking.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The engine has started anew and does not hold this document any more. Please ask again.",
    ),
    # engine/backends/llamacpp.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This prompt state was made with another model, adapter or tokenizer.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "What was read of this prompt is not there any more.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This prompt state does not go on where the prompt was left.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The model in {0} is not the one that was added as {1}; add it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Prompt states of this model cannot be handed to or taken from llama.cpp here.",
    ),
    # engine/backends/pytorch.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The weights of {0} cannot be loaded; remove the model and add it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The weights of {0} are incomplete; remove the model and add it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "4-bit weights need a CUDA graphics card; load the model without them.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "4-bit weights need the bitsandbytes package: pip install palimpsest[cuda].",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Reading {0} tokens behind {1} did not fit into the {2} GB of memory that are free. Use fewer passages or a smaller model.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A kept prompt of {0} tokens did not fit into the {1} GB of memory that are free. Use a smaller model.",
    ),
    # engine/chat_template.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model's chat template cannot be used; choose another model.",
    ),
    # engine/devices.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "No CUDA graphics card can be used here; choose the CPU.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} needs {1} GB of memory and {2} GB are free. Close other programs or choose a smaller model.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} needs {1} GB of graphics memory and {2} GB are free. Close other programs or choose a smaller model.",
    ),
    # engine/folder_import.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}”: config.json describes no model that can be built.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is incomplete or mixed up: {1} of {2} tensors are missing or of another size than config.json says.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is incomplete: it has no tokenizer.json.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}”: its tokenizer cannot be read.",
    ),
    # engine/generation.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is nothing to answer: the prompt is empty.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The answer needs room for at least 1 token, not {0}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Prompt and answer need {0} tokens and this model holds {1}. Use fewer passages or a shorter answer.",
    ),
    # engine/gguf_conversion.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged: its weights cannot be read.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds a model of type “{1}”; usable are {2}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model's tokenizer has no tokenizer.json form; Palimpsest cannot use it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is incomplete: {1} of the model's tensors are missing.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged: its tokenizer or settings cannot be read.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged: a tensor's shape does not fit the model.",
    ),
    # engine/gguf_file.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is not a model but a part for one (“{1}”).",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is one part of several; join them with llama-gguf-split --merge first.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its number of layers",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "the width of its embedding",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its vocabulary",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its feed-forward width",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its number of attention heads",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its number of key and value heads",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its context length",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it does not begin with “GGUF”",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its version is {0}, and only 2 and 3 are known",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it claims an impossible number of entries",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it holds a value of unknown type {0}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "a setting in it is not a finite number",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it holds a list of unknown type {0}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its alignment is not a power of two",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it names a tensor twice",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it is incomplete, some of its weights are missing",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its weights lie over one another",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "a name in it is not one",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "a list in it is endless",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "a name in it is not text",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is not a usable GGUF file: {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” cannot be read, or is empty.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is not a usable GGUF file: {1} does not fit its weights.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it names a setting twice",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "a tensor has an impossible number of dimensions",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "a tensor has the unknown type {0}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "a tensor has an impossible shape",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "a tensor does not begin where it should",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it ends too early",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its header has no end",
    ),
    # engine/gist_prefix.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This gist was made with another model.",
    ),
    # engine/jobs.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Something went wrong inside Palimpsest ({0}); details are in the log.",
    ),
    # engine/kv_state.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "These prompt states do not belong together.",
    ),
    # engine/kv_state_file.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This prompt state is damaged.",
    ),
    # engine/llama/adapter_file.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This adapter is for a layer ({0}) that models of type {1} do not have.",
    ),
    # engine/llama/file_check.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” cannot be used with llama.cpp: {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp is not used for “{0}”: it holds a model of type “{1}”; usable are {2}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its heads cannot share its key and value heads evenly",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its heads have an impossible size",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its embedding has more than one width",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it says nothing of its normalisation",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it stretches positions in an unknown way",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its weights are not aligned",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it does not say of each layer how far it looks back",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it does not say which layers look back how far",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its tokenizer is of an unknown kind",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its vocabulary is not made of strings",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its vocabulary names a token twice",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its tokenizer is incomplete",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it lacks {0} tensors, among them {1}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its setting {0} is a list",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its setting {0} is not a whole number",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its setting {0} is out of all bounds",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its heads have more than one size",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its setting {0} is one of another kind of model",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its vocabulary is incomplete",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its tensor {0} belongs to another kind of model",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its tensor {0} has the wrong shape",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its tensor {0} is stored as {1}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its weights do not follow one another",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its setting {0} is not a number",
    ),
    # engine/llama/kv_transfer.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model says itself which of its layers have windows; its memory is not handed to llama.cpp.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model's file does not say its {0}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This prompt state does not go on behind its last slot, as llama.cpp wants it to.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This prompt state is not of this model's shape.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Layer {0} of this prompt state has values that 16 bits do not hold.",
    ),
    # engine/llama/library.py
    QT_TRANSLATE_NOOP(
        "sentence",
        'pip install "palimpsest[llama]" adds it; it is compiled here, which takes five to ten minutes.',
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama-cpp-python {0} is installed and Palimpsest knows {1} up to {2}: {3}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp is not installed: {0}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp is installed and does not load ({0}): {1}",
    ),
    # engine/llama/native.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model is not loaded in llama.cpp any more; try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp cannot load {0}; what it says of it is in the log.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The text needs {0} tokens and this model holds {1}. Use fewer passages or a shorter answer.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp could not read {0} tokens behind {1} ({2}): its working memory did not fit. Use fewer passages or a smaller model.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp did not give its state away; what it says of it is in the log.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A prompt state of {0} tokens does not fit behind {1} in llama.cpp.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp cannot load this document's adapter; what it says of it is in the log.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp needs {0} GB for a text of {1} tokens and did not get them. Use fewer passages or a smaller model.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This version of llama.cpp keeps its states in a way that Palimpsest does not know.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp did not take a prompt state; what it says of it is in the log.",
    ),
    # engine/llama/rotary_order.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "How models of type “{0}” rotate their keys is not known, so that no memory goes into llama.cpp; known are {1}.",
    ),
    # engine/llama/sequence_state.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "A prompt state of llama.cpp is not used: {0}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it is laid out in another way",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it is of an unknown kind",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it is of another sequence",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it goes on behind its end",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it has another number of streams",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its values are laid out in another way",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it has another number of layers",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its cells say more than their position",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "it has no sound positions",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its layers hold different positions",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its keys are of another type",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its keys are of another width",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its values are of another type",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "its values are of another width",
    ),
    # engine/loaded_model.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} has no weights that llama.cpp could run.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} in llama.cpp",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} Questions are answered all the same: llama.cpp does that alone.",
    ),
    # engine/loading.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The embedded model is not set up ({0} is missing); run “make” in the checkout once.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is no file or folder {0}.",
    ),
    # engine/memory_need.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}”: config.json gives no usable {1} size.",
    ),
    # engine/methods/compressor_training/checkpoint.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The training so far cannot be read any more; train anew.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The training so far was of another model, on other data or with other settings; train anew.",
    ),
    # engine/methods/compressor_training/loop.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The training went astray at step {0}: its figures are no longer numbers. Train anew with a learning rate below {1}.",
    ),
    # engine/methods/gist/comparing.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is no question to compare the answers to.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This gist is not there any more; compress its prompt again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This gist was made with another model than {0}, or cannot be read any more.",
    ),
    # engine/methods/gist/compressing.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” was read but could not be kept: the disk is full, the room for kept prompts is too small, the prompt is too short, or it was forgotten.",  # noqa: E501
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} keeps no prompts; choose a model that PyTorch runs.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds no text to compress.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A gist is refined in 0 or more steps, not in {0}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "At least 1 token must be kept of a prompt, not {0}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A prompt can be compressed into {0} gist tokens, not into {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} has no gist encoder yet; train one, or keep the prompt exactly.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is {1} tokens long, and before a question and its answer this model holds {2} of it. Compress only its beginning.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is only {1} tokens long, too short for a gist; keep it exactly.",
    ),
    # engine/methods/gist/encoder.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot compress prompts; choose a model that PyTorch runs.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model's gist encoder is not on the disk any more; train it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model's gist encoder is damaged; train it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This gist encoder was trained for {0}, another model than {1}; train one for this model.",
    ),
    # engine/methods/gist/examples.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The files hold too few prompts of a fitting length to train on.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} holds no prompts that can be trained on: JSON lines with prompt and completion are needed, or a JSON list with instruction, input and output.",  # noqa: E501
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} is larger than {1} MB; split it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot be read as UTF-8 text.",
    ),
    # engine/methods/gist/settings.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Prompt, gist and continuation are more than the {0} tokens this model holds.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Prompts of at least 48 tokens and continuations of at least 16 are needed.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A rank of 1-256, a learning rate between 0 and 1 and at least one step can be used.",
    ),
    # engine/methods/gist/training.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot be trained with; choose a model that PyTorch runs.",
    ),
    # engine/methods/segments/compressor.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "What is trained further keeps its rank of {0} and its segments of {1} tokens.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot make segment memory; choose a model that PyTorch runs.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This segment compressor was trained for {0}, another model than {1}; train one for this model.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model's segment compressor is not on the disk any more; train it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model's segment compressor is damaged; train it again.",
    ),
    # engine/methods/segments/encoding.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The layers of a {0} cannot keep segment memory.",
    ),
    # engine/methods/segments/encoding_text.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This segment compressor knows no ratio of {0} to 1.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is {1} tokens long, less than the {2} of one segment; it is read as it is.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The segment memory of “{0}” takes {1} and kept prompts have room for {2}. Give them more room in the settings, compress the text more, or take only its beginning.",  # noqa: E501
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The segment memory of “{0}” cannot be kept: the disk is full, the room for kept prompts is too small, or what was kept of it was deleted.",  # noqa: E501
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Encoding {0} segments did not fit into the {1} GB of memory that are free. Use a smaller model.",
    ),
    # engine/methods/segments/examples.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The books are too short to take {0} tokens in a row from them.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Plain-text books of at least two authors are needed: some to train on, and one author’s to measure the training by.",
    ),
    # engine/methods/segments/memory.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} memory slots leave no room for a question: this model holds {1} tokens.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "These segments do not belong together.",
    ),
    # engine/methods/segments/reader.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} memory slots and a window of {1} tokens need a context of {2}; this model holds {3}. Choose fewer of either.",
    ),
    # engine/methods/segments/settings.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "A segment is a multiple of {0} tokens, at most {1}; not {2}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A sample has from 3 to {0} segments: with {1} tokens each, more do not go into the {2} tokens this model holds; not {3}.",
    ),
    # engine/methods/segments/shelf.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The memory of segment {0} is not in its file any more.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The memory of segment {0} cannot be written: {1}.",
    ),
    # engine/methods/temp_lora/checkpoint.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "What was learned so far cannot be read any more; learn the document anew.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "What was learned so far was learned with another model, text or settings; learn the document anew.",
    ),
    # engine/methods/temp_lora/learning.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Learning with {0}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot learn; choose a model that PyTorch runs.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is no text to learn from.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Learning with {0} needs more graphics memory than is free ({1} GB). Choose a smaller window or the 4-bit version.",
    ),
    # engine/methods/temp_lora/settings.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "A window of {0} tokens is more than the {1} this model can read at once.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A window of {0} tokens cannot hold {1} read again and a chunk of {2}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A rank of 1-256, a learning rate between 0 and 1 and 1-16 epochs can be used.",
    ),
    # engine/model_folder.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” in “{1}” is damaged or incomplete; fetch the file again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The GGUF file of {0} ({1}) was moved or changed; add it again for llama.cpp to use it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds no model.safetensors.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "llama.cpp runs GGUF files, and {0} has none here; add the model's GGUF file.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}”: config.json cannot be read.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” wants to run code of its own, which Palimpsest never does.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a model of type “{1}”; usable are {2}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds quantised weights; take the unquantised version or a GGUF file.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds pickle weights, which can run code; take its safetensors version.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "No prepared model is in {0}; add the model again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The model in {0} is damaged; remove it and add it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The weights of {0} in {1} were moved or changed; add the model again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is not a model folder: it has no config.json.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}”: config.json gives no usable {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}”: {1} is a link to a file outside the folder; copy that file into it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}”: {1} names files outside the folder.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is incomplete: {1} and {2} more files are missing.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}”: {1} cannot be read.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds values of type {1}; take the unquantised version.",
    ),
    # engine/process.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The engine stopped unexpectedly; it starts again with the next request. What was learned up to the last checkpoint is kept.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The engine stopped unexpectedly and starts again; please ask once more. What was under way in the background goes on from where it was last kept.",  # noqa: E501
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The system ended the engine, most likely because memory ran out. Close other programs or choose a smaller model. What was learned up to the last checkpoint is kept.",  # noqa: E501
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The engine could not be started: {0}.",
    ),
    # engine/prompt_laying.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "With your standing instructions prompt and answer need {0} tokens and this model holds {1}. Shorten the instructions.",
    ),
    # engine/rotary.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "A {0} does not rotate its keys by position; segment memory needs that.",
    ),
    # engine/rotary_scaling.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” stretches its positions in a way that Palimpsest does not know.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” stretches its positions by “{1}”, which Palimpsest does not know.",
    ),
    # engine/sampling.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This model's weights are damaged: what it computes are no numbers. Remove it and add it again.",
    ),
    # engine/segment_prefix.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This segment memory was made with another model.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A segment of this memory is not kept any more.",
    ),
    # engine/tokenization.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The model in {0} has no tokenizer.json; remove it and add it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot be read; remove the model and add it again.",
    ),
    # engine/training_lock.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Another Palimpsest is learning with this library; let it finish, or pause it first.",
    ),
    # storage/annotations.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This note is no longer there; it may have been deleted.",
    ),
    # storage/conversation_removal.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "That question is not in the library any more.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The document was forgotten meanwhile; there is nothing to put this back into.",
    ),
    # storage/conversations.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "That conversation is not in the library; it may have been forgotten.",
    ),
    # storage/database_format.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The folder {0} cannot hold the library: {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The library is closed.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The library is locked by another program; close that program or try again in a moment.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The disk is full, so nothing was written to the library; free some space and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} is not a Palimpsest library; move it away or choose another data folder.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The library {0} is damaged; put a backup in its place or choose another data folder.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The library {0} cannot be opened; check that the folder may be read and written.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The library {0} may not be written; check the permissions of the file and its folder.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The disk with the library {0} cannot be read or written; check the disk and try again.",
    ),
    # storage/documents.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "No document is called “{0}”; the library is empty.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This file is in the library already, as “{0}” ({1}).",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is no document {0} in the library; it may have been forgotten.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Please name a document by its id or title.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "No removed document is called “{0}”; removed are {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "No removed document is called “{0}”; nothing was removed.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "No document is called “{0}”; the library holds {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This document holds no text.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds characters that are not valid Unicode.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A document needs a title.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” may mean {1}; please give the id.",
    ),
    # storage/forgetting.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot be removed ({1}); the document is still in the library. Close the program that uses the file and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0}: could not be read",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0}-wal: could not be emptied while another program reads",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Another Palimpsest (process {0}) is working on “{1}”; stop that job first, then forget the document.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0}: could not be rewritten while another program writes",
    ),
    # storage/memories.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "That memory is not in the library; it may have been forgotten.",
    ),
    # storage/migrations.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This library was made by a newer version of Palimpsest (its format is {0}, this version knows {1}); nothing was changed. Please install the newer version.",  # noqa: E501
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This file is a database of another program, not a Palimpsest library; nothing was changed.",
    ),
    # storage/models.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is a model called “{0}” already; remove it first or give another name.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is no model called “{0}”.",
    ),
    # storage/originals.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” changed while it was read; import it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The original pages of “{0}” cannot be kept: {1}. Free some space, or switch off keeping originals in the settings.",
    ),
    # storage/page_rendering.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Palimpsest is closing, or the document was closed.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This page of “{0}” could not be drawn; it may be damaged. Its text is not affected.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Page {0} of “{1}” is damaged and cannot be shown.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” cannot be opened as a PDF any more.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A newer page was asked for.",
    ),
    # storage/pictures.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This picture is not in the library any more; its document may have been forgotten.",
    ),
    # storage/prompt_states.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The room for kept prompts is too small for this segment memory.",
    ),
    # storage/prompt_states_entries.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This prompt is not kept any more; it may have made room for newer ones.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is kept exactly and used whenever it fits; only a gist, a segment memory or a document's text is put to use.",
    ),
    # storage/prompt_states_file.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The prompt caches {0} cannot be moved: {1}.",
    ),
    # storage/prompt_states_pieces.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "This kept prompt is damaged; delete it, and it is read again.",
    ),
    # storage/prompt_states_schema.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The folder {0} cannot hold prompt caches: {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The prompt caches are closed.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The prompt caches were kept by another version of Palimpsest; they are begun anew.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The prompt caches are in use by another program; try again in a moment.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The disk is full, so the prompt caches stay as they were; free some space and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The prompt caches were damaged and are begun anew; everything else is as it was.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The prompt caches {0} cannot be opened; check that the folder may be read and written.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The prompt caches {0} may not be written; check the permissions of the file.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The prompt caches {0} cannot be read or written; check the disk and try again.",
    ),
    # storage/readers/archive.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is an archive of {1} files; a book has at most {2}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” claims to unpack to {1} MiB in one part and was not opened; a book does not do that, so do not trust this file.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” unpacks to more than {1} MiB of text and was given up.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged: its archive cannot be opened. Get a fresh copy and try again.",
    ),
    # storage/readers/assembling.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds more than {1} million characters; split it and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds only pictures and no text.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds no text.",
    ),
    # storage/readers/chatgpt.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a JSON file, but neither a ChatGPT export nor a SillyTavern chat.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A part of the export is damaged and was left out.",
    ),
    # storage/readers/docx.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” lists more parts than a document has and was not opened.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged and cannot be read as a Word document; open it in Word or LibreOffice and save it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” declares XML entities, which no Word document does, and was not opened.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged: a part of it cannot be unpacked. Get a fresh copy and try again.",
    ),
    # storage/readers/epub.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The book's own list of its parts is missing or damaged; its pages were read in the order of their names.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The book's container is not quite as the EPUB standard wants it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged: it lists no pages. Get a fresh copy and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is protected by a password; save a copy without one and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The list of encrypted parts is damaged; the book was read as if nothing were encrypted.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "One part that the book lists is missing or damaged.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} parts that the book lists are missing or damaged.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is protected against copying (DRM) and cannot be read; get an edition without protection.",
    ),
    # storage/readers/fb2.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged: its XML cannot be read. Get a fresh copy and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The file's XML is damaged; what could be recovered of it was read.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged: the book in its archive cannot be unpacked.",
    ),
    # storage/readers/gutenberg.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The Project Gutenberg header, footer and licence were left out.",
    ),
    # storage/readers/html.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is nested too deeply to be read; open it in a browser and save it as plain text.",
    ),
    # storage/readers/json_chats.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} tool message was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} tool messages were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} tool call was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} tool calls were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} system message was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} system messages were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} hidden message was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} hidden messages were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} message on another branch was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} messages on other branches were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} empty conversation was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} empty conversations were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} attachment was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} attachments were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} damaged line was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} damaged lines were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is nested too deeply to be a chat export and was not read.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged: its JSON is not complete. Export the chats again.",
    ),
    # storage/readers/parsing.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is {1} by its name but {2} by its content; if that is right, give it the ending .{3} and import it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "By its name the file is {0}, by its content {1}; it was read as the latter.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a folder; import the files in it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is not there, or is no ordinary file.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is larger than {1} MiB; split it and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” may not be read; check its permissions.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is not there any more.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is nested too deeply to be read.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” cannot be read: {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "the disk reports an error",
    ),
    # storage/readers/pdf.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} of {1} pages are pictures without text and were left out; text recognition (OCR) would read them.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} of {1} pages are damaged and were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds no pages.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} running heads and page numbers were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” has {1} pages, more than the {2} that can be read; split it and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” holds only pictures of pages and no text; run it through text recognition (OCR) first.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is damaged and cannot be opened as a PDF. Get a fresh copy and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is protected by an encryption that cannot be opened; save a copy without it.",
    ),
    # storage/readers/picture_files.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} pictures are neither PNG, JPEG, GIF nor WebP and were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} pictures are damaged or missing and were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} pictures are larger than {1} MiB or {2} megapixels and were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} pictures were left out, because the document holds more than can be kept.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} pictures are not in the file itself and were left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "One picture is neither PNG, JPEG, GIF nor WebP and was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "One picture is damaged or missing and was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "One picture is larger than {0} MiB or {1} megapixels and was left out.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "One picture was left out, because the document holds more than can be kept.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "One picture is not in the file itself and was left out.",
    ),
    # storage/readers/reading.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” needs more than {1} MB of memory to read and was given up; split it and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” could not be read: its reader broke down on it. The file may be damaged; convert it to another format.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” took too long to read and was given up; it may be damaged. Convert it to another format.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” could not be read: its reader gave no sensible answer. The file may be damaged.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Reading “{0}” was stopped.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” took longer than {1} s to read and was given up; it may be damaged. Convert it to another format.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” could not be read: its reader did not start.",
    ),
    # storage/readers/sniff.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Palimpsest reads EPUB, PDF, DOCX, HTML, FB2, Markdown, plain text, ChatGPT exports and SillyTavern chats.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a zip archive without a book or chat export in it; unpack it and import the files in it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is an old Office document (DOC, XLS, PPT); save it as DOCX and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a Rich Text (RTF) document; save it as DOCX, HTML or plain text and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a DjVu book, pictures of pages; convert it to text or a searchable PDF and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a Microsoft Reader (LIT) book; convert it to EPUB, with calibre for one, and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a Windows help (CHM) file; convert it to EPUB or HTML and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a PostScript file; convert it to PDF and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a database, not a text.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a RAR archive; unpack it and import the files in it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a 7-Zip archive; unpack it and import the files in it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a gzip archive; unpack it and import the files in it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a bzip2 archive; unpack it and import the files in it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is an xz archive; unpack it and import the files in it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a zstd archive; unpack it and import the files in it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a picture; only text can be imported.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a media file; only text can be imported.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a sound file; only text can be imported.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a program, not a text.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a language model; add it on the models page.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is an Office document protected by a password; save a copy without one and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is an OpenDocument (ODT) file; save it as DOCX or HTML and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a spreadsheet or a presentation; save its text and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a comic book or an album (CBZ): pictures of pages, which hold no text to read.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is an Android program, not a text.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is empty.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a Kindle (MOBI/AZW) book; convert it to EPUB, with calibre for one, and import that.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is not a text, or of a kind that is not known here. {1}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is an XML file of a kind that is not known here (<{1}>). {2}",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a character card, not a chat; it cannot be read as a document.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a Claude export, which is not read yet; only ChatGPT exports and SillyTavern chats are.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a Telegram export, which is not read yet; only ChatGPT exports and SillyTavern chats are.",
    ),
    # storage/readers/source.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is larger than the {1} MiB a file of its kind may have; split it and try again.",
    ),
    # storage/readers/txt.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” does not hold text that can be read; it may be a program or a damaged file.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The text encoding was guessed to be {0}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} damaged characters are shown as �.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Accents and quotation marks had been encoded twice and were put right.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Words between _underscores_ are shown in italics.",
    ),
    # storage/tags.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "A tag needs at least one letter.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A tag may have {0} characters; “{1}…” has {2}.",
    ),
    # app/operations/answers.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The adapter has read further than this place (to {0} % of the text) and may know what follows.",
    ),
    # app/operations/asking.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is no question.",
    ),
    # app/operations/collecting.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The folder “{0}” cannot be opened: {1}.",
    ),
    # app/operations/compressing.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is a file here and a document of the library: for the file say ./{1}, for the document {2}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There are no standing instructions; write some in the settings first.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Please give the prompt a name.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A prompt can be compressed into {0} gist tokens, not {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Instructions that are kept exactly are used by themselves; only gists of them are put to use.",
    ),
    # app/operations/compressors.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} has no gist encoder yet: train one (palimpsest compress train --model {1}), or keep the prompt exactly as it is.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "No such training for {0} was stopped here; begin a new one.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "No such compressor was trained for {0} here.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This compressor was deleted for good.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Another compressor was trained meanwhile; remove that one first.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A compressor for {0} is being trained already; stop that first.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is no file {0}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "A segment compressor is trained on books as plain text; say where some are (--data FOLDER).",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This compressor for {0} comes with Palimpsest and stays.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The folder {0} cannot be moved: {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} has no segment compressor yet that could be trained further.",
    ),
    # app/operations/counting.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} has no vocabulary a prompt could be read by.",
    ),
    # app/operations/crash_reports.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Palimpsest ended without closing: it crashed, was killed, or the computer went off.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Written on {0} UTC. It lies on this computer only; nothing was sent anywhere.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "No place in the program was recorded.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Something went wrong; Palimpsest went on. The last log lines say where.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This is no report of Palimpsest.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This report is not there any more.",
    ),
    # app/operations/data_folder.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Another Palimpsest (process {0}) is working in this folder; stop that first.",
    ),
    # app/operations/downloading.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} needs {1} GB on the disk and {2} GB are free. Make room or choose a smaller model.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The connection broke.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} of {1} came damaged: its checksum is not the one the hub gives. It was removed; download it again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The hub sends more of {0} than it announced; the file was removed.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} holds no GGUF file called “{1}”.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} holds no model as config.json and safetensors.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The hub gives no size or checksum for {0} of {1}; nothing is fetched.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot be written: {1}. What has come is kept.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} holds GGUF files: name one, as in {1}/{2}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The download cannot begin. {0} Check the connection and try again.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The download of {0} stopped at {1} of {2} MB. {3} What has come is kept; go on when the connection is back.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The hub sent another piece than was asked for.",
    ),
    # app/operations/hub.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The hub's description of {0} cannot be understood; nothing is fetched.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The hub refused {0} ({1}); nothing was fetched.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is no https address; nothing is fetched from it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is no model of a hub: give it as owner/name.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The hub sent a piece and did not say which.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} is given only to people with an account who accept its licence: read it at {1}/{2}. Download it there and drop the folder here, or choose another model.",  # noqa: E501
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is no model {0} (with this version and file) at {1}, or it needs an account.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The hub does not go on from there.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The hub is busy ({0}).",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} cannot be reached.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The hub's list of the files of {0} is far too long; nothing is fetched.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} does not prove who it is ({1}); nothing is fetched from it.",
    ),
    # app/operations/importing.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” cannot be opened: {1}.",
    ),
    # app/operations/learning.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is being learned already.",
    ),
    # app/operations/memories.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "An adapter acts with a strength between 0 and {0}; 1 is as it was learned.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This memory is being learned; stop that first.",
    ),
    # app/operations/model_downloads.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” has not come whole yet; go on with its download first.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is no model called “{0}” in the catalogue; for any other give owner/name.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is being downloaded already.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is being downloaded; stop that first.",
    ),
    # app/operations/model_measuring.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The bundled story is missing; install Palimpsest again.",
    ),
    # app/operations/models.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} has no name a model could be called by; rename it.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There is a model called “{0}” already; remove it first or rename the file.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is being added already.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The embedded model is part of Palimpsest and stays.",
    ),
    # app/operations/notes.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is no colour of highlights; there are {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "There are no words to highlight there.",
    ),
    # app/operations/one_learns.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Another Palimpsest is learning; let it finish, or pause it there first.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Another Palimpsest is training a compressor; let it finish, or stop it there first.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Another Palimpsest is learning “{0}”; let it finish, or pause it there first.",
    ),
    # app/operations/opening.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The data folder {0} cannot be made: {1}.",
    ),
    # app/operations/pages.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The original file is not kept any more; import it again to see its pages.",
    ),
    # app/operations/places.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is no place in “{1}”: give a character offset, a percentage like 40%, a page like “p. 12”, or the title or number of a section.",  # noqa: E501
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” may mean several places in “{1}”: {2}. Please give a whole title.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Give either a stretch of the text or a section, not both.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” names no section of this document.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” names several sections of this document.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is no stretch of this text: give START:END in characters, like 1200:1800.",
    ),
    # app/operations/prompt_caches.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "No kept prompt is called “{0}”.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” was kept for {1}, a model that is not here any more.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Please name a kept prompt by its number or title.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is segment memory; only a gist is compared with the prompt it was made of.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is kept exactly: its answers are those of the full prompt.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is no size: give bytes, or a number with MB or GB.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” may mean {1}; please give the number.",
    ),
    # app/operations/prompt_files.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "The file {0} holds no text.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The file {0} cannot be opened: {1}.",
    ),
    # app/operations/sample.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "Adding the story was stopped.",
    ),
    # app/operations/saving.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” cannot be written: {1}.",
    ),
    # app/operations/segment_memories.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "A segment is compressed {0} to 1, not {1} to 1.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "This document has no segment memory for the model in use.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "{0} has no segment compressor yet: train one (palimpsest compress train --method segments --model {1}), or use another model.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is being encoded already.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "The segment memory of “{0}” is being made; stop that first.",
    ),
    # app/operations/settings.py
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” must lie between {1} and {2}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” must be a whole number.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is either on or off.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” is one of {1}.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” must be a text.",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "“{0}” may hold {1} characters; these are {2}.",
    ),
    # the operating system
    QT_TRANSLATE_NOOP(
        "sentence",
        "Permission denied",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Operation not permitted",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "No such file or directory",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "No space left on device",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Disk quota exceeded",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Read-only file system",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Input/output error",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Device or resource busy",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "File exists",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Is a directory",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Not a directory",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Directory not empty",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "File name too long",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "File too large",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Cannot allocate memory",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Too many open files",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Invalid cross-device link",
    ),
    QT_TRANSLATE_NOOP(
        "sentence",
        "Invalid argument",
    ),
)

SENTENCES: tuple[str, ...] = tuple(map(str, _SAID))
