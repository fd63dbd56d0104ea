from collections import Counter


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
