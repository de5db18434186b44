"""Proofs that one ledger continues another (RFC 9162, sections 2.1.1 and 2.1.4).

A desk that saw another's checkpoint keeps its size and root. With the next packet come the hashes that show that the
first so many entries still are those: some twenty for a million entries, and none of their content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


class Tree:
    """The Merkle tree over the lines of a ledger."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
        self.size = len(level)
        self._levels = [level]
        while len(level) > 1:
            level = [_join(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
            self._levels.append(level)

    def root(self, start: int = 0, stop: int | None = None) -> bytes:
        """Return the head over the leaves from *start* up to *stop* (all when None); *start* as the tree splits."""
        stop = self.size if stop is None else stop
        count = stop - start
        if count == 0:
            return hashlib.sha256(b"").digest()
        height = count.bit_length() - 1
        if count == 1 << height:
            return self._levels[height][start >> height]
        half = start + _split(count)
        return _join(self.root(start, half), self.root(half, stop))

    def proof(self, size: int) -> list[bytes]:
        """Return the proof that the tree over the first *size* leaves (1 to all of them) is the beginning of this one.

        RFC 9162, section 2.1.4.1.
        """
        if not 0 < size <= self.size:
            raise ValueError("no such beginning of the tree")
        return self._subproof(size, 0, self.size, whole=True)

    def _subproof(self, size: int, start: int, stop: int, *, whole: bool) -> list[bytes]:
        if size == stop - start:
            return [] if whole else [self.root(start, stop)]
        half = _split(stop - start)
        if size <= half:
            return [*self._subproof(size, start, start + half, whole=whole), self.root(start + half, stop)]
        return [
            *self._subproof(size - half, start + half, stop, whole=False),
            self.root(start, start + half),
        ]


def continues(first: tuple[int, bytes], second: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Tell whether *proof* shows that the tree *second* (size, root) begins with the tree *first*.

    RFC 9162, section 2.1.4.2.
    """
    (size, root), (second_size, second_root) = first, second
    if not 0 < size <= second_size:
        return False
    if size == second_size:
        return not proof and root == second_root
    path = [root, *proof] if size & (size - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = size - 1, second_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for node in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _join(node, fr), _join(node, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = _join(sr, node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == root and sr == second_root


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _split(count: int) -> int:
    """Return the largest power of two below *count*, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
