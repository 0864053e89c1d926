"""One file per outside thing: the model endpoint, GitHub, the web, PDF, files, the engine's records."""
