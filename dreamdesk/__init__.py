"""DreamDesk: people decide what a self-improving AI agent may learn."""

__version__ = "0.1.0"
