"""A congress as a file: codes only. Loading makes what is missing among suppliers, contracts, services and rates, and never alters one.

Only keys that are written are compared. Of a list that is written, what it no longer names goes, unless it is sold or in use.
A dump reloads to the same dump.
"""

from .dumping import dump
from .loading import load
from .shape import BadFile

__all__ = ["BadFile", "dump", "load"]
