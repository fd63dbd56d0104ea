def throw_darts(darts, seed):
    """Counts the random points of a square that are within a quarter circle."""
    hits = 0
    for dart in range(darts):
        bits = nth(seed, dart)
        x, y = bits >> 32, bits & 0xFFFFFFFF
        hits += x * x + y * y < 2**64
    return hits
