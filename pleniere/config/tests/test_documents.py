"""Every environment variable that the product reads is told to whoever keeps it running."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
READ = re.compile(
    r"""(?:environ(?:\.get\(|\.setdefault\(|\[)|_key\()\s*["']([A-Z_]+)["']|["'](PLENIERE_[A-Z_]+)["']\s+in os\.environ"""
)


def test_every_environment_variable_is_in_the_operators_guide():
    guide = (ROOT / "docs" / "operators.md").read_text()
    sources = list((ROOT / "pleniere").rglob("*.py"))
    names = {name for path in sources for pair in READ.findall(path.read_text()) for name in pair if name}
    assert {"PLENIERE_VAR", "PLENIERE_URL", "SEAL_KEYS"} <= names
    assert (
        sorted(name for name in names - {"DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"} if f"`{name}`" not in guide) == []
    )
