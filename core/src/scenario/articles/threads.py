import os

import requests

# In the page, a simulated network answers under this name.
ANSWERS = os.environ.get("LANES_ANSWERS", "https://answers.test/")
ITEMS = [f"{ANSWERS}?ms=200&bytes=2000&seed={page}" for page in range(12)]


def task(url):
    response = requests.get(url, timeout=10)
    response.raise_for_status()
    return len(response.text.split())
