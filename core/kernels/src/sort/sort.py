import struct


def sort_made_numbers(count, seed):
    """Sorts 32-bit numbers made from a seed."""
    values = sorted([nth(seed, index) >> 32 for index in range(count)])
    return sum(map(nth, values, range(count))) & MASK


def sort_numbers(data):
    """Sorts bytes as 32-bit numbers."""
    data += bytes(-len(data) % 4)
    values = sorted(struct.unpack(f"<{len(data) // 4}I", data))
    return sum(map(nth, values, range(len(values)))) & MASK
