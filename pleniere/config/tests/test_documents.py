"""What the documents must tell: every environment variable, every permission, every state."""

import re
from pathlib import Path

from django.apps import apps

from pleniere.accounts.models import Link, Role
from pleniere.accounts.rights import verbs

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


def rows(page):
    """The rows of a page's tables, without heads and rules."""
    lines = [line for line in (ROOT / "docs" / page).read_text().splitlines() if line.startswith("| `")]
    return {tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines}


def in_step(page, expected):
    """Fails with the rows to write and to take out."""
    found = {row[: len(next(iter(expected)))] for row in rows(page)}
    missing, stale = expected - found, found - expected
    assert not missing and not stale, "\n".join(
        [
            f"docs/{page}",
            *("write  | " + " | ".join(row) + " |" for row in sorted(missing)),
            *(f"remove {row}" for row in sorted(stale)),
        ]
    )


WHO = {
    **{role.value: role.name.lower() for role in Role},
    **{purpose.value: f"link: {purpose.name.lower()}" for purpose in Link.Purpose},
}


def test_every_permission_is_documented_with_those_who_have_it():
    in_step(
        "permissions.md",
        {(f"`{verb}`", ", ".join(WHO[who] for who in WHO if who in holders)) for verb, holders in verbs().items()},
    )


def states():
    for model in apps.get_models():
        kind = getattr(model, "State", None)
        if kind and model.__module__.startswith("pleniere."):
            moves = getattr(model, "MOVES", {})
            for state in kind:
                then = moves.get(state, ())
                yield f"`{model.__name__}`", state.value, " ".join(other.value for other in kind if other in then)


def test_every_state_is_documented_with_those_that_may_follow():
    in_step("states.md", set(states()))


def test_every_link_between_the_documents_leads_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "pleniere").rglob("README.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:\s]+)[^):]*\)", page.read_text())]
    assert links
    assert [f"{page.relative_to(ROOT)}: {link}" for page, link in links if not (page.parent / link).exists()] == []
