"""Lists of suppliers from outside: read line by line, judged against what we have, written after a yes.

Reading writes rows of the import alone; suppliers are touched by `writing` only. Each slice is one transaction, so neither
step keeps the whole list in memory nor the database's lock for long, and one cut off in the middle goes on where it stood.
"""

from .atout_france import TYPOLOGIES, NotThisList, department_of
from .judging import read
from .words import REASONS, reason_in_words
from .writing import write

__all__ = ["REASONS", "TYPOLOGIES", "NotThisList", "department_of", "read", "reason_in_words", "write"]
