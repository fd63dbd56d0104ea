import hashlib
import itertools


def hash_made_blocks(blocks, seed):
    """Hashes blocks of 64 KiB that differ in their first 8 bytes, their number."""
    rest = random_bytes(seed, 8192)[8:]
    return sum(hash_block(number, rest) for number in range(blocks)) & MASK


def hash_blocks(data):
    """Hashes bytes in blocks of 64 KiB, each with its number before it."""
    blocks = (data[start : start + 65_536] for start in range(0, len(data), 65_536))
    return sum(map(hash_block, itertools.count(), blocks)) & MASK


def hash_block(number, rest):
    block = number.to_bytes(8, "little") + rest
    # For this much CPython lets go of its global lock: threads hash side by side.
    hashed = hashlib.sha256(block).digest()
    return int.from_bytes(hashed[:8], "little")
