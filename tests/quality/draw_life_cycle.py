"""Draws the life cycle as a Mermaid diagram, from the one table that moves a stage; the README shows it.

python -m tests.quality.draw_life_cycle
"""

from monitor.core.stages import TRANSITIONS


def draw_life_cycle() -> str:
    """Draw each move between two stages once; a silence that also leads there is named on the arrow."""
    moves = dict.fromkeys((start, end) for (start, _), end in TRANSITIONS.items())
    lines = ["stateDiagram-v2", "    direction LR"]
    for start, end in moves:
        silent = TRANSITIONS.get((start, "silence")) == end
        lines.append(f"    {start or '[*]'} --> {end}" + (": or a long silence" if silent else ""))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(draw_life_cycle(), end="")
