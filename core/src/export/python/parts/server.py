import heapq
import multiprocessing
import threading
import time


#? retries
$DEF fetch(number, source, *what, retries=0, backoff=0.0):
    """Makes one request: `source` says how. Refused, it asks again, ever later."""
    for attempt in range(retries):
        try:
            return $WAITsource(number, *what)  #? !attempts
            return $WAITsource(number, attempt, *what)  #? attempts
        except Refused:
            $PAUSE(backoff * 2**attempt)
    return $WAITsource(number, *what)  #? !attempts
    return $WAITsource(number, retries, *what)  #? attempts


#? retries & blocks
def fetch_blocking(number, source, *what, retries=0, backoff=0.0):  #? hybrid
    """Asks by calls that block: `source` says how. Refused, it asks again."""  #? hybrid
async def fetch_blocking(number, source, *what, retries=0, backoff=0.0):  #? !hybrid
    """Asks by calls that block, and blocks in between: the loop stands still."""  #? !hybrid
    for attempt in range(retries):
        try:
            return $NOWsource(number, *what)  #? !attempts
            return $NOWsource(number, attempt, *what)  #? attempts
        except Refused:
            time.sleep(backoff * 2**attempt)
    return $NOWsource(number, *what)  #? !attempts
    return $NOWsource(number, retries, *what)  #? attempts


class Refused(OSError):
    """The server refused the request, or failed: to ask again may help."""


#? limited
$DEF simulated($PARAMETERS):
    """Asks a server that has limits: waits for its answer, and returns that."""
    #? if connect
    connecting = open_connection()
    $PAUSE(connecting)
    #? end
    length = len($BODY)  #? bandwidth
    $STATUSseconds = ask_server($SERVED)
    $PAUSE($SECONDS)
    #? if late
    check_in_time($WHOLE, timeout_ms)
    #? end
    idle.append("a connection")  #? kept
    #? if may_fail
    if status != 200:
        raise Refused(f"the simulated server answered {status}")
    #? end
    return $BODY


#? limited & blocks
def simulated_blocking($PARAMETERS):  #? hybrid
    """Asks a server with limits by a blocking call: for a thread of its own."""  #? hybrid
async def simulated_blocking($PARAMETERS):  #? !hybrid
    """Asks a server with limits by a blocking call: the event loop stands still."""  #? !hybrid
    #? if connect
    connecting = open_connection()
    time.sleep(connecting)
    #? end
    length = len($BODY)  #? bandwidth
    $STATUSseconds = ask_server($SERVED)
    time.sleep($SECONDS)
    #? if late
    check_in_time($WHOLE, timeout_ms)
    #? end
    idle.append("a connection")  #? kept
    #? if may_fail
    if status != 200:
        raise Refused(f"the simulated server answered {status}")
    #? end
    return $BODY


#== The simulated server: what it can do, and what that makes of a request


def ask_server($SERVED):
    """A request arrives: the status of its answer, and after how long it comes."""  #? may_fail
    """A request arrives: after how long its answer comes."""  #? !may_fail
    global bucket_full_at  #? rate & !processes
    global link_free_at  #? bandwidth & !processes
    with server.get_lock():  #? processes
    with server_lock:  #? !processes
        bucket_full_at = server[0]  #? processes & rate
        link_free_at = server[1]  #? processes & bandwidth
        places = server[2:]  #? processes & places
        now = time.monotonic()
        #? if rate
        # A bucket of BURST tokens, RATE of which come back each second.
        if bucket_full_at - now > (BURST - 1) / RATE:
            return 429, 0
        bucket_full_at = max(bucket_full_at, now) + 1 / RATE
        server[0] = bucket_full_at  #? processes
        #? end
        #? if places
        # Each place is taken until some moment; the first of them is free first.
        if places[0] > now:  #? refuse
            return 503, 0  #? refuse
        begin = max(places[0], now)
        #? else
        begin = now
        #? end
        #? if slows
        # The more are served at the same time, the longer each takes.
        others = sum(until > begin for until in places)
        seconds *= 1 + SLOWS * others
        #? end
        #? if bandwidth
        # Bodies pass the link one after another.
        begin = max(link_free_at, begin) + length * 8 / BITS_PER_S
        link_free_at = begin
        server[1] = link_free_at  #? processes
        #? end
        #? if places
        heapq.heapreplace(places, begin + seconds)
        server[2:] = places  #? processes
        #? end
    seconds += begin - now
    #? if errors
    # The same requests fail whoever makes them.
    bits = nth(random_bits(number, $OFSTEP) >> 32, attempt + 1)
    if (bits >> 11) / 2**53 < ERRORS:
        return 500, seconds
    #? end
    return 200, seconds  #? may_fail
    return seconds  #? !may_fail


#? kept
def open_connection():
    """What it costs, in seconds: nothing where one is open that nobody uses."""
    try:
        idle.pop()
    except IndexError:
        return CONNECT
    return 0


#? !kept
def open_connection():
    """What it costs, in seconds: no connection outlives its request."""
    return CONNECT


#== At the top


idle = []  # connections that are open and not in use


server_lock = threading.Lock()


#? !processes
places = [0.0] * CAPACITY  # of the server, until when they are taken


#? !processes
bucket_full_at = 0.0


#? !processes
link_free_at = 0.0


server = None  # what all processes share of it
