import math
import struct
import sys
from itertools import accumulate


#== Digests: what proves that the work was done


MASK = 2**64 - 1


def digest(number, *steps):
    """What a task comes to, from what its steps came to."""
    value = mix(number + 1)
    for step in steps:
        value = (mix(value ^ step) + step) & MASK
    return value


#? !lanes
def mix(x):
    """Scrambles 64 bits, as SplitMix64 does."""
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


#? lanes
def mix(x, mask=MASK):
    """Scrambles 64 bits, as SplitMix64 does; or many of them, in slots of 128."""
    x = ((x ^ x >> 30) & mask) * 0xBF58476D1CE4E5B9 & mask
    x = ((x ^ x >> 27) & mask) * 0x94D049BB133111EB & mask
    return (x ^ x >> 31) & mask


#== Chance: the same in every run


GAMMA = 0x9E3779B97F4A7C15


def nth(seed, index):
    """The value at this index of the stream that starts at a seed."""
    return mix((seed + GAMMA * (index + 1)) & MASK)


def derive(seed, label):
    """The seed of another stream."""
    return nth(mix(seed), label)


def random_bits(number, step, index=1):
    """64 random bits for a step of a task."""
    return nth(derive(derive(SEED, number), step), index)


def uniform(number, step, mean):
    """Deals a task a value from half to one and a half times the mean."""
    return mean * (0.5 + fraction(number, step))


def heavy(number, step, mean):
    """Deals a task a value by Pareto's law, cut at ten times the mean."""
    return min(mean * 0.5 / math.sqrt(1 - fraction(number, step)), mean * 10)


def fraction(number, step):
    return (random_bits(number, step, 0) >> 11) / 2**53


def random_bytes(seed, count):
    """The first values of a stream, 8 bytes each, all computed in one long integer.

    One by one they would cost more than what is done with them.
    """
    slots = struct.pack("<" + "Q8x" * count, *range(1, count + 1))
    indices = int.from_bytes(slots, "little")
    ones = int.from_bytes((b"\1" + bytes(15)) * count, "little")
    mask = ones * MASK
    values = mix((ones * seed + indices * GAMMA) & mask, mask)
    return memoryview(values.to_bytes(16 * count, "little")).cast("Q")[::2].tobytes()


#== When the tasks are due, in microseconds


def evenly(tasks, gap):
    """One task after another, a gap apart."""
    return [int(gap * number + 0.5) for number in range(tasks)]


def unevenly(group, tasks, gap, deal):
    """The same with gaps that are dealt around their mean."""
    gaps = (int(deal(2**32 + group, k, gap) + 0.5) for k in range(tasks - 1))
    return list(accumulate(gaps, initial=0))


#? timed & !grouped
DUE = $ARRIVALS


#? timed & grouped
DUE_BY_GROUP = (
    $ARRIVALS
)


#== The order of the tasks: task k of a group of n comes at k / n of the way


COMMON = math.lcm(*GROUPS)
#? if !held
ORDER = sorted(
    (k * COMMON // n, group, k) for group, n in enumerate(GROUPS) for k in range(n)
)
#? else
# First of all, tasks stand in the order in which they may begin.
ORDER = sorted(
    (
        STAGES[group],  #? staged
        DUE_BY_GROUP[group][k],  #? timed
        k * COMMON // n,
        group,
        k,
    )
    for group, n in enumerate(GROUPS)
    for k in range(n)
)
#? end


GROUP = [group for _, group, _ in ORDER]  #? !held
GROUP = [group for *_, group, _ in ORDER]  #? held


PLACES = [(group, k) for _, group, k in ORDER]  #? !held
PLACES = [(group, k) for *_, group, k in ORDER]  #? held


DUE = [due for due, *_ in ORDER]  #? timed & grouped & !staged
DUE = [due for _, due, *_ in ORDER]  #? timed & grouped & staged


#== Data: what tasks are given and give back


INPUTS = []


#? takes & !simulated
def prepare():
    """Makes what tasks are given beforehand."""
    make_inputs()


#? takes & !grouped
def make_inputs():
    """Makes what tasks are given: two variants, in turn."""
    INPUTS.extend(map(make_input, range(2)))


#? takes & grouped
def make_inputs():
    """Makes what the tasks of each group are given: two variants, in turn."""
    for variant in range(2):
        INPUTS.append([make_input(variant, group) for group in range(len(GROUPS))])


#? takes
def given(number):
    """A task's number and its data."""
    return number, INPUTS[number % 2]  #? !anew & !grouped
    return number, INPUTS[number % 2][$GROUP]  #? !anew & grouped
    # Made anew: of the same data twice in one message, pickle would send one.  #? anew
    return number, make_input(number % 2)  #? anew & !grouped
    return number, make_input(number % 2, $GROUP)  #? anew & grouped


#? gives & !makes
def make_output(number, step, length):
    """Makes what a task gives back."""
    return $MAKE(random_bits(number, step, 3) % 4096, length)


#? gives & makes
def make_output(number, make, step, length):
    """Makes what a task gives back."""
    return make(random_bits(number, step, 3) % 4096, length)


def make_bytes(pair, length):
    """So many bytes of the pattern, repeated, from this pair of numbers on."""
    start = 16 * pair
    return (PATTERN * (length // len(PATTERN) + 2))[start : start + length]


def make_numbers(pair, length):
    """The same as whole numbers, each for 8 bytes."""
    start, count = 2 * pair, length // 8
    return (NUMBERS * (count // len(NUMBERS) + 2))[start : start + count]


def make_objects(pair, length):
    """The same as pairs of numbers, each for 16 bytes."""
    numbers = make_numbers(pair, length // 16 * 16)
    return list(zip(numbers[::2], numbers[1::2]))


def stamp(data):
    """Proves that data arrived: from its length and four of its numbers."""
    length = $SIZE
    last = length // 8 - 1
    places = [at * last // 3 for at in range(4)] if length >= 8 else []
    return digest(length, *(number_at(data, place) for place in places))


#? bytes & !numbers & !objects
def number_at(data, place):
    return int.from_bytes(data[8 * place : 8 * place + 8], "little")


#? numbers & !bytes & !objects
def number_at(data, place):
    return data[place]


#? objects & !bytes & !numbers
def number_at(data, place):
    return data[place // 2][place % 2]


#? mixed
def number_at(data, place):
    if isinstance(data, bytes):
        return int.from_bytes(data[8 * place : 8 * place + 8], "little")
    if isinstance(data[0], tuple):
        return data[place // 2][place % 2]
    return data[place]


#? mixed
def length_of(data):
    """In bytes, as the scenario counts them."""
    if isinstance(data, bytes):
        return len(data)
    return (16 if data and isinstance(data[0], tuple) else 8) * len(data)


BITS_64 = struct.unpack("<8192Q", random_bytes(derive(SEED, 2**32), 8192))
NUMBERS = [value >> 11 for value in BITS_64]


PATTERN = struct.pack("<8192Q", *NUMBERS)


#== The simulated network


BODIES = {}


#? processes
def take_over(bodies):  #? !limited
    """Gives a process the answers, which it has not inherited unless it was forked."""  #? !limited
    BODIES.update(bodies)  #? !limited
def take_over(bodies, shared):  #? limited
    """Gives a process the answers, and its share in the server."""  #? limited
    global server  #? limited
    BODIES.update(bodies)  #? limited
    server = shared  #? limited
    set_up()  #? setup


#? interpreters
def take_over(bodies):  #? !file
def take_over(argv, bodies):  #? file & simulated
def take_over(argv):  #? file & !simulated
    """Gives an interpreter what is the main one's."""
    BODIES.update(bodies)  #? simulated
    sys.argv = argv  #? file
    set_up()  #? setup


#? simulated & !many
def prepare():
    """Makes the answers beforehand: their making is the network's work."""
    make_inputs()  #? takes
    seeds = [random_bits(number, $STEP) >> 32 for number in range(TASKS)]
    BODIES.update(enumerate(make_texts(seeds, $LENGTH)))


#? many & !grouped
def prepare():
    """Makes the answers beforehand: their making is the network's work."""
    make_inputs()  #? takes
    for step, length in $ANSWERS:
        seeds = [random_bits(number, step) >> 32 for number in range(TASKS)]
        for number, text in enumerate(make_texts(seeds, length)):
            BODIES[number, step] = text


#? many & grouped
def prepare():
    """Makes the answers beforehand: their making is the network's work."""
    make_inputs()  #? takes
    for group, step, length in $ANSWERS:
        numbers = [number for number in range(TASKS) if $GROUP == group]
        seeds = [random_bits(number, step) >> 32 for number in numbers]
        for number, text in zip(numbers, make_texts(seeds, length)):
            BODIES[number, step] = text


ALPHABET = b"eeeeeettttaaaooiiinnsshhrrddllcumwfgypbvk        \n  eationshrdlu"
LETTERS = bytes(ALPHABET[top >> 2] for top in range(256))


def make_texts(seeds, length):
    """A text from each seed, by 32-bit xorshift generators.

    They all run at once, side by side in one long integer, which is ten times as fast.
    """
    count = len(seeds)
    ones = int.from_bytes(b"\1\0\0\0" * count, "little")
    # What a shift pushes into the neighbour's slot is masked away.
    after_13, after_17, after_5 = 0xFFFFE000 * ones, 0x7FFF * ones, 0xFFFFFFE0 * ones
    slots = struct.pack(f"<{count}I", *(seed | 1 for seed in seeds))
    x = int.from_bytes(slots, "little")
    tops = bytearray()
    for _ in range(length):
        x ^= x << 13 & after_13
        x ^= x >> 17 & after_17
        x ^= x << 5 & after_5
        tops += x.to_bytes(4 * count, "little")[3::4]
    texts = bytes(tops).translate(LETTERS)
    return [texts[slot::count] for slot in range(count)]
