from operator import mul


def multiply_matrices(side, seed):
    """Multiplies two square matrices of small whole numbers."""
    a, b = (make_matrix(side, derive(seed, which)) for which in range(2))
    columns = list(zip(*b))
    product = [sum(map(mul, row, column)) for row in a for column in columns]
    return sum(map(nth, product, range(side * side))) & MASK


def make_matrix(side, seed):
    entries = [nth(seed, place) % 16 - 8 for place in range(side * side)]
    return [entries[start : start + side] for start in range(0, side * side, side)]
