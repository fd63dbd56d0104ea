ITEMS = [range(start, start + 2_000) for start in range(1_000_000, 1_048_000, 2_000)]


def is_prime(number):
    if number % 2 == 0:
        return number == 2
    return all(number % divisor for divisor in range(3, int(number**0.5) + 1, 2))


def task(numbers):
    return sum(map(is_prime, numbers))
