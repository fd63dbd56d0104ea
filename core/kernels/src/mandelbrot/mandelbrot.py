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
