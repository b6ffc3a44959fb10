"""What the training of any compressor has in common: steps, looks at what is held out, checkpoints, a card."""
