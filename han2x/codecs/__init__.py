"""Frame → values: the encodings inside a frame. All of it gets complete input, so that errors are exceptions here."""
