import math


def count_primes(below):
    """Counts the primes below a number, by trial division."""
    return (below > 2) + sum(map(is_odd_prime, range(3, below, 2)))


def is_odd_prime(n):
    for divisor in range(3, math.isqrt(n) + 1, 2):
        if n % divisor == 0:
            return False
    return True
