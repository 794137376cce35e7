"""The web faces: one package per audience, each its own FastAPI app."""
