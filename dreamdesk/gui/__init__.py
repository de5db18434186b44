"""The window: Qt, and nothing but Qt, over the pipeline and the desk."""
