"""The model endpoint: any OpenAI-compatible API, with the manners each one has in the wild."""
