"""The trace formats, one file each. `discover` imports them all, and each registers its reader."""

from __future__ import annotations

import importlib
import pkgutil


def discover() -> None:
    """Import every module of this package, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
        importlib.import_module(f"{__name__}.{module.name}")
