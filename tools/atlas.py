"""Write the table behind the explorer of `logwidth report`: python tools/atlas.py (about two minutes)."""

import json
from pathlib import Path

from logwidth.theory.atlas import atlas

TARGET = Path(__file__).parents[1] / "src" / "logwidth" / "report" / "page" / "atlas.json"

if __name__ == "__main__":
    content = json.dumps(atlas(lambda share: print(f"{share:.0%}", flush=True)), separators=(",", ":"))
    TARGET.write_text(content + "\n", encoding="utf-8")
    print(f"written: {TARGET} ({len(content):,} characters)")
