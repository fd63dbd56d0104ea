import hashlib
import itertools


def hash_made_blocks(blocks, seed):  #? !locked_hashes
def hash_made_blocks(blocks, seed, share):  #? locked_hashes
    """Hashes blocks of 64 KiB that differ in their first 8 bytes, their number."""
    rest = random_bytes(seed, 8192)[8:]
    return sum(hash_block(number, rest) for number in range(blocks)) & MASK  #? !locked_hashes
    hashes = (hash_block(number, rest, share) for number in range(blocks))  #? locked_hashes
    return sum(hashes) & MASK  #? locked_hashes


def hash_blocks(data):  #? !locked_hashes
def hash_blocks(data, share):  #? locked_hashes
    """Hashes bytes in blocks of 64 KiB, each with its number before it."""
    blocks = (data[start : start + 65_536] for start in range(0, len(data), 65_536))
    return sum(map(hash_block, itertools.count(), blocks)) & MASK  #? !locked_hashes
    shares = itertools.repeat(share)  #? locked_hashes
    return sum(map(hash_block, itertools.count(), blocks, shares)) & MASK  #? locked_hashes


#? !locked_hashes
def hash_block(number, rest):
    block = number.to_bytes(8, "little") + rest
    # For this much CPython lets go of its global lock: threads hash side by side.
    hashed = hashlib.sha256(block).digest()
    return int.from_bytes(hashed[:8], "little")


#? locked_hashes
def hash_block(number, rest, share):
    """Hashes a block; this share of them without letting go of the global lock."""
    block = number.to_bytes(8, "little") + rest
    holds = int((number + 1) * share) > int(number * share)
    # CPython lets go of it for more than 2047 bytes at a time.
    size = 2047 if holds else len(block)
    hashed = hashlib.sha256()
    for start in range(0, len(block), size):
        hashed.update(block[start : start + size])
    return int.from_bytes(hashed.digest()[:8], "little")
