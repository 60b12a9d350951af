"""`python tools/plot.py < docs/performance.jsonl > docs/performance.svg`: each figure that has a reference, as a bar of its ratio."""

import json
import sys
from html import escape

WIDTH, LEFT, ROW = 760, 400, 22


def rows(lines):
    """The last line of each figure and database, in the order they came."""
    found = {}
    for line in lines:
        if line.startswith("{"):
            each = json.loads(line)
            if each["ratio"]:
                found[each["bench"], each["db"]] = each
    return list(found.values())


def svg(found):
    height, most = ROW * len(found) + 50, max([1.5, *(min(each["ratio"], 4) for each in found)])
    scale = (WIDTH - LEFT - 70) / most
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT + scale}" y="18" text-anchor="middle">1 = the reference of the same run</text>',
        f'<line x1="{LEFT + scale}" x2="{LEFT + scale}" y1="24" y2="{height - 10}" stroke="#888" stroke-dasharray="4 3"/>',
    ]
    for n, each in enumerate(found):
        y, width = 34 + ROW * n, min(each["ratio"], most) * scale
        colour = "#2f6f6a" if each["db"] == "sqlite" else "#b4632d"
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(each["bench"])} ({each["db"]})</text>',
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="15" fill="{colour}"/>',
            f'<text x="{LEFT + width + 5:.1f}" y="{y + 12}">{each["ratio"]:g}</text>',
        ]
    return "\n".join([*parts, "</svg>"])


if __name__ == "__main__":
    print(svg(rows(sys.stdin)))
