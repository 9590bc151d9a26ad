"""A run that stops asks for nothing more: what waits for its turn in the downloader is let go.

Scrapy 2.19 closes a spider when every request that has left the scheduler is answered. Those of one host wait there one
behind the other, up to CONCURRENT_REQUESTS of them, each for the host's delay, or for a pause of a quarter of an hour.
"""

from __future__ import annotations

import asyncio

from scrapy.core.engine import ExecutionEngine
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.asyncio import call_later

_PAUSE_SECONDS = 0.02


async def close_spider(engine: ExecutionEngine, reason: str) -> None:
    """Close the spider with what is under way; nothing that waits is asked for."""
    closing = asyncio.ensure_future(engine.close_spider_async(reason=reason))
    # It has begun then, and takes nothing more from the scheduler.
    await asyncio.sleep(0)
    let_go(engine)
    await closing


def let_go_when_stopped(engine: ExecutionEngine) -> None:
    """Let go what waits once somebody else, such as Scrapy at a signal, has told the engine to stop."""
    if engine.running:
        call_later(_PAUSE_SECONDS, let_go_when_stopped, engine)
    else:
        let_go(engine)


def let_go(engine: ExecutionEngine) -> None:
    """Drop what waits in the downloader. No spider hears of it: nothing was found out, and the next run asks anew."""
    for slot in engine.downloader.slots.values():
        slot.close()
        while slot.queue:
            request, answered = slot.queue.popleft()
            request.errback = None
            answered.errback(IgnoreRequest("not asked: the run is being stopped"))
