import os

import aiohttp
import requests

# In the page, a simulated network answers under this name.
ANSWERS = os.environ.get("LANES_ANSWERS", "https://answers.test/")
ITEMS = [f"{ANSWERS}?ms=200&bytes=2000&seed={page}" for page in range(12)]


async def task_async(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            response.raise_for_status()
            text = await response.text()
    return len(text.split())


def task(url):
    # The same, where there is no event loop.
    response = requests.get(url, timeout=10)
    response.raise_for_status()
    return len(response.text.split())
