def count_primes(below):
    """Counts the primes below a number, by trial division."""
    return (below > 2) + sum(map(is_odd_prime, range(3, below, 2)))


def is_odd_prime(n):
    for divisor in range(3, math.isqrt(n) + 1, 2):
        if n % divisor == 0:
            return False
    return True


def draw_mandelbrot(side):
    """Iterates z² + c for each pixel of a square image."""
    reals = [-2 + 2.5 * (column + 0.5) / side for column in range(side)]
    imaginaries = [-1.25 + 2.5 * (row + 0.5) / side for row in range(side)]
    image = [escape_time(cx, cy) for cy in imaginaries for cx in reals]
    placed = sum(pixel * count for pixel, count in enumerate(image, 1))
    return nth(placed & MASK, sum(image))


def escape_time(cx, cy):
    x = y = 0.0
    for count in range(256):
        xx, yy = x * x, y * y
        if xx + yy > 4:
            return count
        x, y = xx - yy + cx, 2 * x * y + cy
    return 256


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


VOCABULARY = (
    b"a task waits for the Lock while another thread runs and one core is".split()
    + [b"idle.\n", b"Then"]
)


def count_made_words(length, seed):
    """Counts and hashes the words of a text made from a seed."""
    slots = range((length + 7) // 8)
    text = b"".join(VOCABULARY[nth(seed, slot) % 16].ljust(8) for slot in slots)
    return count_words(text[:length])


def count_words(text):
    """Counts and hashes the words of a text."""
    times = Counter(text.lower().split())
    hashes = sum(fnv1a(word) * count for word, count in times.items())
    return nth(hashes & MASK, sum(times.values()))


def fnv1a(word):
    value = 0xCBF29CE484222325
    for byte in word:
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def multiply_matrices(side, seed):
    """Multiplies two square matrices of small whole numbers."""
    a, b = (make_matrix(side, derive(seed, which)) for which in range(2))
    columns = list(zip(*b))
    product = [sum(map(mul, row, column)) for row in a for column in columns]
    return sum(map(nth, product, range(side * side))) & MASK


def make_matrix(side, seed):
    entries = [nth(seed, place) % 16 - 8 for place in range(side * side)]
    return [entries[start : start + side] for start in range(0, side * side, side)]


def sort_made_numbers(count, seed):
    """Sorts 32-bit numbers made from a seed."""
    values = sorted([nth(seed, index) >> 32 for index in range(count)])
    return sum(map(nth, values, range(count))) & MASK


def sort_numbers(data):
    """Sorts bytes as 32-bit numbers."""
    data += bytes(-len(data) % 4)
    values = sorted(struct.unpack(f"<{len(data) // 4}I", data))
    return sum(map(nth, values, range(len(values)))) & MASK


def throw_darts(darts, seed):
    """Counts the random points of a square that are within a quarter circle."""
    hits = 0
    for dart in range(darts):
        bits = nth(seed, dart)
        x, y = bits >> 32, bits & 0xFFFFFFFF
        hits += x * x + y * y < 2**64
    return hits
