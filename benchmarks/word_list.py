"""Makes `catalog/search/data/words.txt.gz` of a list of Thai words, one a line.

    python benchmarks/word_list.py words_th.txt

The list is `pythainlp/corpus/words_th.txt` of PyThaiNLP 5.4.0 (CC0-1.0). Kept are words of Thai letters and marks
alone. First come the parts: words that cannot be laid out of two or more words of the list, each of two or more
letters; then, after an empty line, all others. A text is cut into parts, which depends little on what stands
around them, and takes 13 MB instead of 55; a query's parts are joined into words again.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "catalog/search/data/words.txt.gz"
WORD = re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e]+")


def laid_out(word: str, words: set[str]) -> bool:
    """Whether two or more of the words make this one."""
    reached = [True] + [False] * len(word)
    for end in range(2, len(word) + 1):
        starts = range(end - 1) if end < len(word) else range(1, end - 1)
        reached[end] = any(reached[start] and word[start:end] in words for start in starts)
    return reached[-1]


def main(source: str) -> None:
    """Reads the list, writes the file: the same bytes for the same list."""
    lines = Path(source).read_text(encoding="utf-8-sig").split("\n")
    words = {line.strip() for line in lines if WORD.fullmatch(line.strip())}
    parts = {word for word in words if not laid_out(word, words)}
    text = "\n".join(sorted(parts)) + "\n\n" + "\n".join(sorted(words - parts)) + "\n"
    TARGET.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    sys.stdout.write(f"{len(parts)} parts, {len(words) - len(parts)} other words\n")


if __name__ == "__main__":
    main(sys.argv[1])
